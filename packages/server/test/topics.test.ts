import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Topics } from '../src/topics.ts';

const MOST = 3;
let topics: Topics<string>;

beforeEach(() => {
  topics = new Topics(MOST);
});

const subscribers = (topic: string): string[] => [...topics.subscribers(topic)];

describe('Topics', () => {
  it('has the subscribers of a topic, in the order in which they came', () => {
    for (const name of ['b', 'a', 'c']) topics.subscribe(name, 'news');
    topics.subscribe('d', 'sports');
    expect(subscribers('news')).toEqual(['b', 'a', 'c']);
    expect(subscribers('sports')).toEqual(['d']);
    expect(subscribers('weather')).toEqual([]);
  });

  it('knows of each subscriber what it is subscribed to', () => {
    topics.subscribe('a', 'news');
    expect(topics.isSubscribed('a', 'news')).toBe(true);
    expect(topics.isSubscribed('a', 'sports')).toBe(false);
    expect(topics.isSubscribed('b', 'news')).toBe(false);
  });

  it('compares topics as they are, whatever they contain', () => {
    for (const topic of ['news/*', 'news', '']) topics.subscribe('a', topic);
    expect(subscribers('news/1')).toEqual([]);
    expect(subscribers('News')).toEqual([]);
    expect(subscribers('news/*')).toEqual(['a']);
    expect(subscribers('')).toEqual(['a']);
  });

  it('has a subscriber once, however often it subscribes', () => {
    expect(topics.subscribe('a', 'news')).toBe(true);
    expect(topics.subscribe('a', 'news')).toBe(true);
    expect(subscribers('news')).toEqual(['a']);
    expect(topics.unsubscribe('a', 'news')).toBe(true);
    expect(topics.unsubscribe('a', 'news')).toBe(false);
    expect(subscribers('news')).toEqual([]);
  });

  it('forgets a topic that nobody is subscribed to', () => {
    topics.subscribe('a', 'news');
    topics.subscribe('b', 'news');
    topics.subscribe('b', 'sports');
    topics.unsubscribe('a', 'news');
    expect(topics.size).toBe(2);
    topics.leave('b');
    expect(topics.size).toBe(0);
    topics.leave('b');
  });

  it('takes no more topics of one subscriber than it may have', () => {
    for (let i = 0; i < MOST; i++) expect(topics.subscribe('a', `topic ${i}`)).toBe(true);
    expect(topics.subscribe('a', 'one too many')).toBe(false);
    expect(topics.isSubscribed('a', 'one too many')).toBe(false);
    expect(topics.size).toBe(MOST);
    expect(topics.subscribe('a', 'topic 0')).toBe(true);
    expect(topics.subscribe('b', 'one too many')).toBe(true);
    topics.unsubscribe('a', 'topic 0');
    expect(topics.subscribe('a', 'one too many')).toBe(true);
  });

  it('throws where a topic is no string', () => {
    expect(() => topics.subscribe('a', 1 as unknown as string)).toThrow(TypeError);
    expect(topics.size).toBe(0);
  });

  it('agrees with a plain list of pairs, whatever is done', () => {
    const who = fc.constantFrom('a', 'b', 'c');
    const what = fc.constantFrom('1', '2', '3', '4', '5');
    const action = fc.oneof(
      fc.record({ verb: fc.constantFrom('subscribe', 'unsubscribe'), who, what }),
      fc.record({ verb: fc.constant('leave'), who, what }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const tried = new Topics<string>(MOST);
        let pairs: [who: string, what: string][] = [];
        const has = (who: string, what: string): boolean => pairs.some(([a, b]) => a === who && b === what);
        for (const { verb, who, what } of actions) {
          if (verb === 'subscribe') {
            const isFull = pairs.filter(([a]) => a === who).length >= MOST;
            expect(tried.subscribe(who, what)).toBe(has(who, what) || !isFull);
            if (!has(who, what) && !isFull) pairs.push([who, what]);
          } else if (verb === 'unsubscribe') {
            expect(tried.unsubscribe(who, what)).toBe(has(who, what));
            pairs = pairs.filter(([a, b]) => !(a === who && b === what));
          } else {
            tried.leave(who);
            pairs = pairs.filter(([a]) => a !== who);
          }
          expect(tried.size).toBe(new Set(pairs.map(([, b]) => b)).size);
          for (const topic of ['1', '2', '3', '4', '5']) {
            expect([...tried.subscribers(topic)]).toEqual(
              pairs.filter(([, b]) => b === topic).map(([a]) => a),
            );
          }
        }
      }),
    );
  });
});
