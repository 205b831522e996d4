/**
 * Who is subscribed to what: subscribers and topics, each found from the other. A topic is a string and matches itself alone;
 * it exists while somebody is subscribed to it, and an empty one takes no memory. What a subscriber is, and what is sent to it,
 * is not known here.
 */
export class Topics<Subscriber> {
  private readonly maxPerSubscriber: number;
  // Each pair stands in both, and no set is empty.
  private readonly subscribersByTopic: Map<string, Set<Subscriber>> = new Map();
  private readonly topicsBySubscriber: Map<Subscriber, Set<string>> = new Map();

  /** @param maxPerSubscriber the most topics of one subscriber: what a client may ask for has to be bounded */
  constructor(maxPerSubscriber: number) {
    this.maxPerSubscriber = maxPerSubscriber;
  }

  /** Topics that exist. */
  get size(): number {
    return this.subscribersByTopic.size;
  }

  /** In the order in which they subscribed. */
  subscribers(topic: string): ReadonlySet<Subscriber> {
    return this.subscribersByTopic.get(topic) ?? NOBODY;
  }

  isSubscribed(subscriber: Subscriber, topic: string): boolean {
    return this.subscribersByTopic.get(topic)?.has(subscriber) ?? false;
  }

  /**
   * @returns whether it is subscribed now; false where it would be one topic too many
   * @throws TypeError a topic that is no string
   */
  subscribe(subscriber: Subscriber, topic: string): boolean {
    if (typeof topic !== 'string') throw new TypeError('A topic is a string');
    const topics = this.topicsBySubscriber.get(subscriber) ?? new Set();
    if (topics.has(topic)) return true;
    if (topics.size >= this.maxPerSubscriber) return false;
    add(this.topicsBySubscriber, subscriber, topic);
    add(this.subscribersByTopic, topic, subscriber);
    return true;
  }

  /** @returns whether it was subscribed */
  unsubscribe(subscriber: Subscriber, topic: string): boolean {
    remove(this.subscribersByTopic, topic, subscriber);
    return remove(this.topicsBySubscriber, subscriber, topic);
  }

  /** Unsubscribes from everything. */
  leave(subscriber: Subscriber): void {
    const topics = this.topicsBySubscriber.get(subscriber);
    if (topics === undefined) return;
    this.topicsBySubscriber.delete(subscriber);
    for (const topic of topics) remove(this.subscribersByTopic, topic, subscriber);
  }
}

const NOBODY: ReadonlySet<never> = new Set();

function add<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = sets.get(key);
  if (values === undefined) sets.set(key, new Set([value]));
  else values.add(value);
}

/** @returns whether it was there */
function remove<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): boolean {
  const values = sets.get(key);
  if (values?.delete(value) !== true) return false;
  if (values.size === 0) sets.delete(key);
  return true;
}
