// The Pulumi random provider: the Terraform random provider behind the Pulumi bridge, for machines that cannot
// download the plugin. `schema` as the only argument prints the package schema.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	pfgen "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/terraform-providers/terraform-provider-random/shim"

	"prometheus-write-secret/sandbox/provider-terraform/beside"
)

var version = "0.0.0" // set by the linker to the version of the npm SDK the program uses

func main() {
	ctx := context.Background()
	info := tfbridge.ProviderInfo{
		P:            pfbridge.ShimProvider(shim.NewProvider()),
		Name:         "random",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
	}
	standard := tokens.MakeStandard("random")
	// random_password is RandomPassword in the Pulumi package, not Password.
	info.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, name string) (string, error) {
		return standard(module, "Random"+name)
	}))
	if len(os.Args) == 2 && os.Args[1] == "schema" {
		generated, err := pfgen.GenerateSchema(ctx, pfgen.GenerateSchemaOptions{ProviderInfo: info})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(generated.ProviderMetadata.PackageSchema))
		return
	}
	pfbridge.Main(ctx, "random", info, pfbridge.ProviderMetadata{PackageSchema: beside.Schema()})
}
