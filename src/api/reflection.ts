import {
  createRegistry,
  type DescFile,
  type DescService,
  type Message,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { catalogue, type ListedService } from "./catalogue.ts";
import { untyped } from "./connect.ts";
import { healthProto } from "./proto/health.ts";
import { type ReflectionRequest, reflectionProto } from "./proto/reflection.ts";

const v1 = "grpc.reflection.v1.ServerReflection";
const v1alpha = "grpc.reflection.v1alpha.ServerReflection";
export const reflectionServices = [v1, v1alpha] as const;

type Load = (service: ListedService) => Promise<DescService>;
type Answer = { case: string; value: unknown };

/** Server reflection over the descriptors of the whole contract; they are loaded at the first question about a file. */
export const reflectionRoutes =
  (service: (typeof reflectionServices)[number], load: Load) =>
  (router: ConnectRouter): void => {
    let files: Promise<Files> | undefined;
    const allFiles = () => {
      files ??= loadFiles(load);
      return files;
    };
    router.service(
      reflectionProto(service === v1 ? "v1" : "v1alpha"),
      untyped({
        async *serverReflectionInfo(requests: AsyncIterable<Message>) {
          const sent = new Set<string>();
          for await (const request of requests) {
            // The descriptor is made at run time, so the type of its messages is known only here.
            const question = request as Message & ReflectionRequest;
            const answer = await answerOf(question, allFiles, sent);
            yield { validHost: question.host, originalRequest: request, messageResponse: answer };
          }
        },
      }),
    );
  };

const answerOf = async (
  { messageRequest }: ReflectionRequest,
  allFiles: () => Promise<Files>,
  sent: Set<string>,
): Promise<Answer> => {
  switch (messageRequest.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: serviceNames().map((name) => ({ name })) } };
    case "fileByFilename":
      return fileAnswer((await allFiles()).byName.get(messageRequest.value), messageRequest.value, sent);
    case "fileContainingSymbol":
      return fileAnswer(fileOfSymbol(await allFiles(), messageRequest.value), messageRequest.value, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = messageRequest.value;
      const found = extensionsOf(await allFiles(), containingType).find((one) => one.number === extensionNumber);
      return fileAnswer(found?.file, `${containingType}: extension ${extensionNumber}`, sent);
    }
    case "allExtensionNumbersOfType": {
      const baseTypeName = messageRequest.value;
      const all = await allFiles();
      if (!all.registry.getMessage(baseTypeName)) return notFound(baseTypeName);
      const extensionNumber = extensionsOf(all, baseTypeName).map((one) => one.number);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
    }
    default:
      return errorAnswer(Code.InvalidArgument, "no question asked");
  }
};

/** Names of all services that this server answers for. */
const serviceNames = (): string[] =>
  [...catalogue.map((one) => one.typeName), "grpc.health.v1.Health", ...reflectionServices].sort();

type Files = { readonly byName: ReadonlyMap<string, DescFile>; readonly registry: Registry };

const loadFiles = async (load: Load): Promise<Files> => {
  const services = [
    ...(await Promise.all(catalogue.map(load))),
    healthProto(),
    reflectionProto("v1"),
    reflectionProto("v1alpha"),
  ];
  const byName = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    const name = `${file.name}.proto`;
    if (byName.has(name)) return;
    byName.set(name, file);
    for (const dependency of file.dependencies) add(dependency);
  };
  for (const service of services) add(service.file);
  return { byName, registry: createRegistry(...byName.values()) };
};

const fileOfSymbol = ({ registry }: Files, symbol: string): DescFile | undefined => {
  const direct = registry.get(symbol);
  if (direct) return direct.file;
  // A method, a field or an enum value lies inside the type before the last dot.
  const parent = registry.get(symbol.slice(0, symbol.lastIndexOf(".")));
  const name = symbol.slice(symbol.lastIndexOf(".") + 1);
  switch (parent?.kind) {
    case "service":
      return parent.methods.some((one) => one.name === name) ? parent.file : undefined;
    case "message":
      return parent.fields.some((one) => one.name === name) ? parent.file : undefined;
    case "enum":
      return parent.values.some((one) => one.name === name) ? parent.file : undefined;
    default:
      return undefined;
  }
};

const extensionsOf = ({ registry }: Files, typeName: string) =>
  [...registry].filter((one) => one.kind === "extension" && one.extendee.typeName === typeName).filter(isExtension);

const isExtension = (desc: {
  readonly kind: string;
}): desc is Extract<ReturnType<Registry["get"]>, { kind: "extension" }> => desc.kind === "extension";

/** A file with all it depends on, without what this stream has been sent before. */
const fileAnswer = (file: DescFile | undefined, asked: string, sent: Set<string>): Answer => {
  if (file === undefined) return notFound(asked);
  const fileDescriptorProto: Uint8Array[] = [];
  const add = (one: DescFile, wanted: boolean): void => {
    if (sent.has(one.name) && !wanted) return;
    sent.add(one.name);
    fileDescriptorProto.push(toBinary(FileDescriptorProtoSchema, one.proto));
    for (const dependency of one.dependencies) add(dependency, false);
  };
  add(file, true);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
};

const notFound = (what: string): Answer => errorAnswer(Code.NotFound, `not found: ${what}`);

const errorAnswer = (errorCode: Code, errorMessage: string): Answer => ({
  case: "errorResponse",
  value: { errorCode, errorMessage },
});
