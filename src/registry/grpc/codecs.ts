import protobuf from "protobufjs";
import { HorizonError } from "../../base/errors.ts";
import status from "../../protocol/proto/google/rpc/status.proto" with { type: "text" };
import health from "../../protocol/proto/grpc/health/v1/health.proto" with { type: "text" };
import reflection from "../../protocol/proto/grpc/reflection/v1/reflection.proto" with {
  type: "text",
};
import reflectionAlpha from "../../protocol/proto/grpc/reflection/v1alpha/reflection.proto" with {
  type: "text",
};
import marketplace from "../../protocol/proto/horizon/v1/marketplace.proto" with { type: "text" };

/** Every message and service, under the names of the .proto files. */
export const ROOT = new protobuf.Root();
for (const text of [marketplace, health, reflection, reflectionAlpha, status]) {
  protobuf.parse(text, ROOT, { keepCase: true });
}
ROOT.resolveAll();

/** A decoded message: a plain object with the names of the .proto file. */
export type Message = Record<string, unknown>;

/** Writes and reads the messages of one type. */
export interface Codec {
  /** Null and absent fields are left out; so is what the type doesn't know. */
  encode(message: Message): Uint8Array<ArrayBuffer>;
  /** Throws `invalid_input` for what isn't such a message. Absent fields without `optional` have their defaults. */
  decode(bytes: Uint8Array): Message;
}

/** Counts are below 2⁵³ in every field of 64 bits. */
const READING = { longs: Number, enums: String, arrays: true };
const codecs = new Map<string, Codec>();

/** The codec of a message by its full name, such as "horizon.v1.Gpu". */
export function codecOf(name: string): Codec {
  const known = codecs.get(name);
  if (known !== undefined) return known;
  const type = ROOT.lookupType(name);
  const codec: Codec = {
    encode: (message) => Uint8Array.from(type.encode(message).finish()),
    decode: (bytes) => {
      try {
        return type.toObject(type.decode(bytes), READING);
      } catch (cause) {
        throw new HorizonError("invalid_input", `The message is no ${name}.`, { cause });
      }
    },
  };
  codecs.set(name, codec);
  return codec;
}
