/** The page's own content security policy allows no connection, neither by WebSocket nor by fetch. */
import { expect } from '../harness/test.ts';
import { ofKind, transportSuite } from './transport-suite.ts';

transportSuite({
  transport: 'iframe',
  rules: [],
  page: { csp: 'strict' },
  assertTraffic: (log) => {
    expect(ofKind(log, 'upgrade')).toEqual([]);
    expect(ofKind(log, 'fetch')).toEqual([]);
    expect(ofKind(log, 'form').length).toBeGreaterThan(1);
  },
});
