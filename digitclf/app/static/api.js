// Requests to the server. Errors have a code, for which the page has a text.

export class ApiError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError("no_server", "The server does not answer.");
  }
  if (response.ok) return response;
  let error = { code: "internal", message: `${response.status} ${response.statusText}` };
  try {
    error = (await response.json()).error;
  } catch {
    // The answer is not one of this server: the status has to do.
  }
  throw new ApiError(error.code, error.message);
}

async function json(path, options) {
  const response = await request(path, options);
  return response.status === 204 ? null : response.json();
}

const withBody = (method, value) => ({
  method,
  body: JSON.stringify(value),
  headers: { "Content-Type": "application/json" },
});

const withPicture = (picture) => ({
  method: "POST",
  body: picture,
  headers: { "Content-Type": picture.type || "application/octet-stream" },
});

export const LARGEST_PICTURE = 50_000_000;

export const predict = (picture, parameters) =>
  json(`/api/predict?${new URLSearchParams(parameters)}`, withPicture(picture));

export const read = (picture) =>
  json("/api/read?min_probability=0", withPicture(picture));

export const model = () => json("/api/model");
export const chooseModel = (use) => json("/api/model", withBody("PUT", { use }));
export const kernels = () => json("/api/model/kernels");
export const example = () => json("/api/example");
export const examplePage = async () => (await request("/api/example_page")).blob();
export const training = (after) =>
  json(after === null ? "/api/training" : `/api/training?after=${after}`);
export const startTraining = (settings) =>
  json("/api/training", withBody("POST", settings));
export const stopTraining = () => json("/api/training", { method: "DELETE" });
