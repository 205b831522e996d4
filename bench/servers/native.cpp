// An echo in C++ on WebSocket++: what a server without a runtime takes on this machine. Prints its port, and ends with its input.
#include <cstdio>
#include <iostream>
#include <thread>
#include <unistd.h>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

using Server = websocketpp::server<websocketpp::config::asio>;

int main() {
  Server server;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_max_message_size(100 * 1024 * 1024);
  server.set_tcp_post_init_handler([&server](websocketpp::connection_hdl connection) {
    websocketpp::lib::asio::error_code ignored;
    server.get_con_from_hdl(connection)->get_raw_socket().set_option(
        websocketpp::lib::asio::ip::tcp::no_delay(true), ignored);
  });
  server.set_message_handler([&server](websocketpp::connection_hdl connection, Server::message_ptr message) {
    websocketpp::lib::error_code ignored;
    server.send(connection, message->get_payload(), message->get_opcode(), ignored);
  });
  websocketpp::lib::asio::error_code failed;
  server.listen(websocketpp::lib::asio::ip::tcp::v4(), 0);
  server.start_accept();
  std::cout << server.get_local_endpoint(failed).port() << std::endl;
  std::thread([] {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    _exit(0);
  }).detach();
  server.run();
}
