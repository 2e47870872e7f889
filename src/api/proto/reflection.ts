import { serviceOf } from "./proto-file.ts";

/** `grpc.reflection.<version>.ServerReflection` (gRPC server reflection protocol); both versions are the same but for the name. */
export const reflectionProto = (version: "v1" | "v1alpha") => {
  const request = (no: number, type = "string") => ({ no, type, oneof: "message_request" });
  const response = (no: number, type: string) => ({ no, type, oneof: "message_response" });
  return serviceOf({
    name: `grpc/reflection/${version}/reflection.proto`,
    package: `grpc.reflection.${version}`,
    messages: {
      ServerReflectionRequest: {
        host: { no: 1, type: "string" },
        file_by_filename: request(3),
        file_containing_symbol: request(4),
        file_containing_extension: request(5, "ExtensionRequest"),
        all_extension_numbers_of_type: request(6),
        list_services: request(7),
      },
      ExtensionRequest: { containing_type: { no: 1, type: "string" }, extension_number: { no: 2, type: "int32" } },
      ServerReflectionResponse: {
        valid_host: { no: 1, type: "string" },
        original_request: { no: 2, type: "ServerReflectionRequest" },
        file_descriptor_response: response(4, "FileDescriptorResponse"),
        all_extension_numbers_response: response(5, "ExtensionNumberResponse"),
        list_services_response: response(6, "ListServiceResponse"),
        error_response: response(7, "ErrorResponse"),
      },
      FileDescriptorResponse: { file_descriptor_proto: { no: 1, type: "bytes", repeated: true } },
      ExtensionNumberResponse: {
        base_type_name: { no: 1, type: "string" },
        extension_number: { no: 2, type: "int32", repeated: true },
      },
      ListServiceResponse: { service: { no: 1, type: "ServiceResponse", repeated: true } },
      ServiceResponse: { name: { no: 1, type: "string" } },
      ErrorResponse: { error_code: { no: 1, type: "int32" }, error_message: { no: 2, type: "string" } },
    },
    service: "ServerReflection",
    methods: {
      ServerReflectionInfo: { input: "ServerReflectionRequest", output: "ServerReflectionResponse", streams: "both" },
    },
  });
};

/** A request as it is received: one of the questions. */
export type ReflectionRequest = {
  readonly host: string;
  readonly messageRequest:
    | {
        readonly case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices";
        readonly value: string;
      }
    | {
        readonly case: "fileContainingExtension";
        readonly value: { readonly containingType: string; readonly extensionNumber: number };
      }
    | { readonly case: undefined };
};
