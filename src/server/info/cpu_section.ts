/**
 * The section `cpu`: the processor time that the process has used.
 *
 * @module
 */
import type { Host } from "../../ports/host.ts";
import type { Fields } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface CpuFigures {
  readonly host: Pick<Host, "cpuSeconds">;
}

/** The section `cpu`. */
export function cpuSection(source: CpuFigures): Fields {
  const { user, system } = source.host.cpuSeconds();
  return {
    used_cpu_sys: system.toFixed(6),
    used_cpu_user: user.toFixed(6),
    used_cpu_sys_children: "0.000000",
    used_cpu_user_children: "0.000000",
  };
}
