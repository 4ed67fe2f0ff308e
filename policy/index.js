// The engine loads this folder with require(), which knows a module by this name, and TypeScript by
// types that are stripped: what runs is Node's own.
import "./pack.ts";
