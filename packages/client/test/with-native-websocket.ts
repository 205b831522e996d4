/** Imported first, gives this place a native WebSocket: the client takes it when its modules are evaluated. */
import { SimulatedNativeWebSocket } from './simulated-native-websocket.ts';

globalThis.WebSocket = SimulatedNativeWebSocket as unknown as typeof globalThis.WebSocket;
