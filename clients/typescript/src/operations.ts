// The types of a request and its answer, read out of the generated description of the API.

import type { paths } from "./schema.js";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** The operation that a method does at a path. */
type Operation<M extends Method, P extends keyof paths> = paths[P][Lowercase<M> & keyof paths[P]];

/** The paths of the management API that have this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths & `/manage/v1/${string}`]: [Operation<M, P>] extends [{ responses: unknown }] ? P : never;
}[keyof paths & `/manage/v1/${string}`];

/** The body that an operation takes. */
export type Body<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

/** The values of the placeholders in a path. */
type PathValues<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { parameters: { path: infer V } } ? V : never;

type Query<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { parameters: { query?: infer Q } } ? Exclude<Q, undefined> : never;

type Content<R> = R extends { content: infer C } ? C[keyof C] : undefined;

/** What an operation answers: an object, a list, a text (a receipt), or `undefined` where there is no body. */
export type Data<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { responses: infer R }
    ? { [S in keyof R & (200 | 201 | 204)]: Content<R[S]> }[keyof R & (200 | 201 | 204)]
    : never;

type Required<Name extends string, Value> = [Value] extends [never] ? unknown : { [N in Name]: Value };
type Optional<Name extends string, Value> = [Value] extends [never] ? unknown : { [N in Name]?: Value };

/** The parts of a request that belong to its operation. */
export type RequestOptions<M extends Method, P extends PathOf<M>> = Required<"path", PathValues<M, P>> &
  Required<"body", Body<M, P>> &
  Optional<"query", Query<M, P>>;

/** The last argument of a request, which can be left out where the operation needs nothing. */
export type Arguments<Options> = Partial<Options> extends Options ? [options?: Options] : [options: Options];

/** The paths that answer with pages of a list. */
export type ListPath = {
  [P in PathOf<"GET">]: Data<"GET", P> extends { data: unknown[]; nextCursor?: unknown } ? P : never;
}[PathOf<"GET">];

/** What a list is made of. */
export type Item<P extends ListPath> = Data<"GET", P> extends { data: (infer I)[] } ? I : never;
