/**
 * The page, put together: one connection, four demos, and the network panel that watches and breaks it.
 */
import { Board } from './board.js';
import { Chat } from './chat.js';
import { Connection } from './connection.js';
import { Counters } from './counters.js';
import { startCountsTable } from './counts-table.js';
import { FaultSwitches } from './fault-switches.js';
import { Identity } from './identity.js';
import { NetworkLog } from './network-log.js';
import { NetworkNow } from './network-now.js';
import { element } from './page.js';
import { PathDiagram } from './path-diagram.js';
import { People } from './people.js';
import { Pulse } from './pulse.js';
import { startTheme } from './theme.js';
import { Upload } from './upload.js';
import { startViews } from './views.js';

const identity = new Identity();
const counters = new Counters();
const connection = new Connection(identity, counters);

const log = new NetworkLog(connection);
const path = new PathDiagram(element('path', SVGSVGElement));
const switches = new FaultSwitches({ connection, identity, log, path });
new NetworkNow({ connection, counters, path, switches });
startCountsTable(counters);

const people = new People(connection, identity);
const board = new Board(connection, identity, people);
new Chat(connection, identity);
new Pulse(connection);
new Upload(connection);

// Counts that the server reports are heard last, so that no demo can take the topic.
connection.onTopic('counts', (_, report) => counters.takeReport(report));
startTheme(() => board.redraw());
startViews();
connection.open();
