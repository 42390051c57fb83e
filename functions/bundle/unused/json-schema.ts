// Stands in for zod's `core/to-json-schema.js`: openapi.yaml is made with it, and no function does that.

export const createToJSONSchemaMethod = () => refuse;
export const createStandardJSONSchemaMethod = () => refuse;

export {
  refuse as extractDefs,
  refuse as finalize,
  refuse as handleUnrepresentable,
  refuse as initializeContext,
  refuse as process,
  refuse as processSchema,
};

function refuse(): never {
  throw new TypeError('JSON Schemas are left out of the functions');
}
