// The SDK is loaded, as every program does, and nothing is made with it.
import "@pulumi/pulumi";
