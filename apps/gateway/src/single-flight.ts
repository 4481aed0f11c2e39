/** Callers that ask for the same key at the same time share one call and its outcome. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  run(key: string, body: () => Promise<T>): Promise<T> {
    const running = this.#flights.get(key);
    if (running !== undefined) return running;
    const flight = body().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }
}
