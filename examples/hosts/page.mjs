/** What every host serves at `/`: a page that says hello to the echo at `/chat`, by the script that Holdfast serves there. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Holdfast</title>
<p id="answer">Connecting…</p>
<script src="/chat/holdfast.js"></script>
<script>
  const socket = new Holdfast.WebSocket('/chat');
  const show = (text) => { document.getElementById('answer').textContent = text; };
  socket.onopen = () => socket.send('hello');
  socket.onmessage = ({ data }) => show('The server echoes "' + data + '" over ' + socket.transport + '.');
  socket.onclose = ({ code }) => show('Closed with code ' + code + '.');
</script>
</html>
`;
