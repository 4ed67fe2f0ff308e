import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain, machine } from "../../../commands/extract/machine.ts";

describe("machine", () => {
    let directory: string;
    before(() => {
        directory = mkdtempSync(join(tmpdir(), "machine-"));
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });

    const write = (name: string, content: string | Buffer, mode: number): string => {
        const path = join(directory, name);
        writeFileSync(path, content);
        chmodSync(path, mode);
        return path;
    };

    it("reads a file, when it was written, and whether all can read it", () => {
        const modified = new Date("2025-10-05T12:00:00Z");
        for (const [mode, exposed] of [
            [0o600, false],
            [0o640, false],
            [0o644, true],
        ] as const) {
            const path = write("token", "tok€n\n", mode);
            utimesSync(path, modified, modified);
            assert.deepEqual(machine.readFile(path), { text: "tok€n\n", modified, exposed });
        }
    });

    it("lists a directory, and nothing where there is none", () => {
        write("b.conf", "", 0o600);
        write("a.conf", "", 0o600);
        assert.deepEqual(
            machine.list(directory).filter((name) => name.endsWith(".conf")),
            ["a.conf", "b.conf"],
        );
        assert.deepEqual(machine.list(join(directory, "nope")), []);
    });

    it("refuses what cannot be read, in one line", () => {
        const nope = join(directory, "nope");
        assert.throws(() => machine.readFile(nope), {
            message: `there is no file ${nope}: check the path`,
        });
        assert.throws(() => machine.readFile(directory), {
            message: `${directory} is no file: give the file itself`,
        });
        const binary = write("binary", Buffer.from([0x68, 0xff, 0xfe]), 0o600);
        assert.throws(() => machine.readFile(binary), {
            message: `${binary} is no UTF-8 text: give a text file`,
        });
    });

    // A superuser may read all, so that no file here can prove it.
    it("explains a lack of permission, and what it does not know by its code", () => {
        assert.equal(
            explain("/p", Object.assign(new Error("secret"), { code: "EACCES" })),
            "/p cannot be read: run this as a user who may read it",
        );
        assert.equal(
            explain("/p", Object.assign(new Error("secret"), { code: "EIO" })),
            "/p cannot be read: EIO",
        );
    });
});
