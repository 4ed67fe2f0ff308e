/** What stands above the tables of `docs/matrix.md`. */
export const NOTES = {
    rotated: `\`secret\` is a Prometheus with a configuration of its own, \`prometheus-agent\` one in agent mode. Once the
sender has moved, the receiver is told by hand to refuse the former credential, so that a sender that pushes with it
still would lose what it sends. *Moved* is the time from the change of the sender's files to its last push with the
former generation, by the receiver's counters; htpasswd and Prometheus have none. *Restarts* are of the sender or its
queue. *May lose*: a username a generation, which these senders read from another file than the password, so that a
push between both is refused: one batch at most, of 2,000 samples ([Receivers](receivers.md#a-username-a-generation)
says how seldom). More is a fault, and so is any loss elsewhere.`,

    control: `The receiver is told by hand to refuse the former credential some seconds before the sender has the new one. Were
nothing lost here, the run would fail.`,

    recipe: `Grafana publishes a recipe for a credential that Alloy reads at runtime
([alloy-scenarios](https://github.com/grafana/alloy-scenarios), \`vault-secrets\`): a script writes the new password into
the htpasswd file of an nginx, pauses for 5 s so that the refused pushes can be watched, and gives it to the sender; then,
it says, writes resume. So they do, but what was pushed meanwhile is gone. Here it is rebuilt with other files, and beside
it the same sender is rotated by this program. There Alloy asks a Vault every 30 s, and loses samples until it has; here it
reads a file at the next request, so this is the least that the recipe costs.`,

    misfits: `Said by the kind that refuses, where one does.`,

    programs: `*Built* from its Go module, an *official* release, an npm *package*, or found on the *path*; nginx is of the system,
or Debian's. All of them are real but GitHub, which is emulated, and the kubelet, which is the sandbox's own and swaps files
as the real one does. A resource of \`prometheus-operator\` is held by a real API server: what previews say of it is tested,
but no operator runs, to copy or mount what it refers to. Traefik has the lines of the Secret in a file of its own, written
by a shell when they change, in place of its provider for Kubernetes.`,
};
