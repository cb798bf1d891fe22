import { VERDICTS } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { GpusPageProps, HomeLabels } from "./gpus_page.tsx";

/** The filters of the list: a plain form, whose address keeps them. */
export function GpuForm(
  { given, node_id, homes }: Pick<GpusPageProps, "given"> & { node_id: string; homes: HomeLabels },
) {
  const sort = given.sort ?? "";
  return (
    <form method="get" action="/" role="search" aria-label="Filters">
      <label>
        Type
        <input
          name="type"
          value={given.type ?? ""}
          maxlength={LIMITS.gpu_type_chars}
          class="short"
        />
      </label>
      <label>
        VRAM, GB at least
        <input type="number" name="vram_gb" min="0" max="4096" value={given.vram_gb ?? ""} />
      </label>
      <label>
        $ an hour at most
        <input type="number" name="price" min="0" step="any" value={given.price ?? ""} />
      </label>
      <label>
        Proof
        <select name="verdict">
          <Option value="" name="any" chosen={given.verdict} />
          {VERDICTS.map((verdict) => (
            <Option value={verdict} name={verdict} chosen={given.verdict} />
          ))}
        </select>
      </label>
      {homes.size === 0 ? null : (
        <label>
          Home
          <select name="home">
            <Option value="" name="any" chosen={given.home} />
            <Option value={node_id} name="here" chosen={given.home} />
            {[...homes].map(([home, name]) => (
              <Option value={home} name={name} chosen={given.home} />
            ))}
          </select>
        </label>
      )}
      <label>
        Filter, as in list-gpus --where
        <input
          name="where"
          value={given.where ?? ""}
          maxlength={LIMITS.filter_chars}
          placeholder="fp32_gflops>20000 reputation>=0.9"
          class="long"
        />
      </label>
      <label class="check">
        <input type="checkbox" name="free" checked={given.free === "on"} />
        only free ones
      </label>
      {sort === "" ? null : <input type="hidden" name="sort" value={sort} />}
      <button type="submit">Show</button>
    </form>
  );
}

function Option(
  { value, name, chosen }: { value: string; name: string; chosen: string | undefined },
) {
  return <option value={value} selected={value === (chosen ?? "")}>{name}</option>;
}
