import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

const types = { string: Type.STRING, bytes: Type.BYTES, int32: Type.INT32 } as const;

/** A field: its number and its type, a scalar's name or that of a message or enum of the file. */
type Field = { readonly no: number; readonly type: string; readonly repeated?: boolean; readonly oneof?: string };

/** A proto3 file, as much of it as small services need. */
export type ProtoFile = {
  readonly name: string;
  readonly package: string;
  readonly messages: { readonly [name: string]: { readonly [field: string]: Field } };
  /** values in order, from 0; an enum lies inside the message before the dot of its name */
  readonly enums?: { readonly [name: string]: readonly string[] };
  readonly service: string;
  readonly methods: {
    readonly [name: string]: {
      readonly input: string;
      readonly output: string;
      readonly streams?: "server" | "both";
    };
  };
};

/** Makes the descriptor of the file's service. */
export const serviceOf = (file: ProtoFile): DescService => {
  const proto = create(FileDescriptorProtoSchema, {
    name: file.name,
    package: file.package,
    syntax: "proto3",
    messageType: Object.entries(file.messages).map(([name, fields]) => messageProto(file, name, fields)),
    service: [
      {
        name: file.service,
        method: Object.entries(file.methods).map(([name, { input, output, streams }]) => ({
          name,
          inputType: `.${file.package}.${input}`,
          outputType: `.${file.package}.${output}`,
          clientStreaming: streams === "both",
          serverStreaming: streams !== undefined,
        })),
      },
    ],
  });
  const service = createFileRegistry(create(FileDescriptorSetSchema, { file: [proto] })).getService(
    `${file.package}.${file.service}`,
  );
  if (service === undefined) throw new Error(`${file.name} has no service ${file.service}`);
  return service;
};

const messageProto = (file: ProtoFile, name: string, fields: ProtoFile["messages"][string]) => {
  const oneofs = [...new Set(Object.values(fields).flatMap(({ oneof }) => (oneof === undefined ? [] : [oneof])))];
  return {
    name,
    oneofDecl: oneofs.map((oneof) => ({ name: oneof })),
    field: Object.entries(fields).map(([field, { no, type, repeated, oneof }]) => ({
      name: field,
      number: no,
      label: repeated ? Label.REPEATED : Label.OPTIONAL,
      ...typeProto(file, type),
      ...(oneof === undefined ? {} : { oneofIndex: oneofs.indexOf(oneof) }),
    })),
    enumType: Object.entries(file.enums ?? {})
      .filter(([full]) => full.startsWith(`${name}.`))
      .map(([full, values]) => ({
        name: full.slice(name.length + 1),
        value: values.map((value, number) => ({ name: value, number })),
      })),
  };
};

const typeProto = (file: ProtoFile, type: string) => {
  if (type === "string" || type === "bytes" || type === "int32") return { type: types[type] };
  return { type: file.enums?.[type] ? Type.ENUM : Type.MESSAGE, typeName: `.${file.package}.${type}` };
};
