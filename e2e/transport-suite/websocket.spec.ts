/** On a healthy network. */
import { expect } from '../harness/test.ts';
import { ofKind, transportSuite } from './transport-suite.ts';

transportSuite({
  transport: 'websocket',
  rules: [],
  page: {},
  assertTraffic: (log) => {
    expect(new Set(ofKind(log, 'upgrade').map(({ status }) => status))).toEqual(new Set([101]));
  },
});
