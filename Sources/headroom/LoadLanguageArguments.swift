import Documents
import LoadTesting
import Quantities
import Terminal

/// The options that say which language a loaded service is spoken to in, shared by the verbs under `load`.
struct LanguageArguments {
  let speaksHTTP2: Bool
  let streams: Int
  let resumesSessions: Bool
  let message: String?
  let fields: [String]

  init(_ a: inout Arguments) throws(UsageError) {
    speaksHTTP2 = a.flag("http2", help: "HTTP/2: agreed on in TLS, known beforehand without (h2c)")
    streams = try a.option(
      "streams", value: "N", default: 10, help: "requests at a time on each HTTP/2 or gRPC connection, at most")
    message = try a.option(
      "proto-body", value: "MESSAGE",
      help: "the message of a gRPC call: @FILE (binary), hex:0a03616263 or base64:CgNhYmM=")
    fields = try a.options(
      "field", value: "N=TYPE:VALUE", help: "add a field to the message of a gRPC call: 1=string:abc, 2=int:5")
    resumesSessions = a.flag("tls-resume", help: "new https connections go on with an earlier one's session")
    a.check((1...1_000_000).contains(streams), "'--streams' is a whole number from 1 on. Write --streams 10.")
  }

  /// Connections and streams that have so many requests under way.
  func split(concurrency: Int, isMultiplexed: Bool) -> (connections: Int, streams: Int) {
    LoadSettings.split(concurrency: concurrency, streams: isMultiplexed ? streams : 1)
  }

  /// The message of a gRPC call: nothing, which is a message too, where none is given.
  func messageBytes() throws -> [UInt8] {
    var bytes: [UInt8] = []
    if let message {
      if message.hasPrefix("@") {
        bytes = try Input.read(path: String(message.dropFirst()))
      } else if message.hasPrefix("hex:"), let read = ProtobufMessage.hexadecimal(String(message.dropFirst(4))) {
        bytes = read
      } else if message.hasPrefix("base64:"), let read = ProtobufMessage.base64(String(message.dropFirst(7))) {
        bytes = read
      } else {
        throw Failure(
          "'--proto-body \(message)' is no message. Write @FILE, hex:0a03616263 or base64:CgNhYmM=.", exitCode: .usage)
      }
    }
    var added = ProtobufMessage()
    for field in fields { try added.add(field) }
    return bytes + added.bytes
  }
}
