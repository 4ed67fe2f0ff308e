// The Pulumi GitHub provider: the Terraform GitHub provider behind the Pulumi bridge, for machines that cannot
// download the plugin. `schema` as the only argument prints the package schema.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"prometheus-write-secret/sandbox/provider-terraform/beside"
)

var version = "0.0.0" // set by the linker to the version of the npm SDK the program uses

func main() {
	info := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(github.Provider()),
		Name:         "github",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
	}
	info.MustComputeTokens(tokens.SingleModule("github_", "index", tokens.MakeStandard("github")))
	if len(os.Args) == 2 && os.Args[1] == "schema" {
		sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
		schema, err := tfgen.GenerateSchema(info, sink)
		if err != nil {
			log.Fatal(err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(schema); err != nil {
			log.Fatal(err)
		}
		return
	}
	tfbridge.Main("github", version, info, beside.Schema())
}
