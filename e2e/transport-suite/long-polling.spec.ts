/** Every upgrade is refused on the network. */
import { catalogue } from '@holdfast/faults';
import { expect } from '../harness/test.ts';
import { ofKind, transportSuite } from './transport-suite.ts';

transportSuite({
  transport: 'long-polling',
  rules: catalogue['upgrade refused 403'],
  page: {},
  assertTraffic: (log) => {
    expect(new Set(ofKind(log, 'upgrade').map(({ status }) => status))).toEqual(new Set([403]));
    expect(ofKind(log, 'fetch').length).toBeGreaterThan(1);
  },
});
