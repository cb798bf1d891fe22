import { HorizonError, messageOf } from "../../base/errors.ts";

/** What ONNX Runtime says, what that means, and what the renter can do. The first match counts. */
const MEANINGS: readonly (readonly [said: RegExp, meaning: string, fix: string])[] = [
  [
    /protobuf parsing failed|ModelProto does not have a graph|No graph was found/i,
    "It is not an ONNX model",
    "Export the model with its weights inside, as one .onnx file.",
  ],
  [
    /external data|external_data|external initializer|Failed to load external/i,
    "Its weights are in another file",
    "Save it with its weights inside: onnx.save_model(model, path, save_as_external_data=False).",
  ],
  [
    /opset|ai\.onnx.*version|IR version|ir_version/i,
    "It needs a newer version of ONNX than this runtime knows",
    "Export it for an older opset.",
  ],
  [
    /is not a registered function\/op|Could not find an implementation|NOT_IMPLEMENTED|No Op registered|not supported/i,
    "It uses an operator that this runtime doesn't have",
    "Export it with other operators.",
  ],
  [
    /bad_alloc|out of memory|storage size overflowed|failed to allocate|allocation failed|memory access out of bounds|^\d+$/i,
    "It needs more memory than there is: WebAssembly has 4 GB at most",
    "Use a smaller batch or model, or run it on a GPU (execution: webgpu).",
  ],
  [
    /INVALID_ARGUMENT|Got invalid dimensions|ShapeInferenceError|Non-zero status code/i,
    "It refuses its inputs, or its own graph",
    "Compare the shapes of the inputs with those of the model.",
  ],
];

/** Where ONNX Runtime was built, which its messages name. */
const BUILD_PATH = /\/\S*\/onnxruntime\/core\//g;
/** Longest text of ONNX Runtime's that is handed on. */
const SAID_CHARS = 500;

/** A failure of ONNX Runtime, explained: `model_error`, or the error itself where it has a code. */
export function explained(thrown: unknown, doing: string): HorizonError {
  if (thrown instanceof HorizonError) return thrown;
  const said = messageOf(thrown);
  const found = MEANINGS.find(([pattern]) => pattern.test(said));
  const [, meaning, fix] = found ?? [/./, "ONNX Runtime failed", "Try the model on your machine."];
  return new HorizonError(
    "model_error",
    `The model failed while ${doing}. ${meaning}: ${
      said.replace(BUILD_PATH, "").trim().slice(0, SAID_CHARS)
    }`,
    { fix, cause: thrown },
  );
}

/** What is wrong with a model or with what it was given. */
export function modelError(message: string, fix?: string): HorizonError {
  return new HorizonError("model_error", message, fix === undefined ? {} : { fix });
}
