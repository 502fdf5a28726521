import Quantities
import Terminal

/// A host and a port on the command line: `127.0.0.1:8080`, `[::1]:8080`, or `:8080` for this machine.
struct AddressArgument: ArgumentValue {
  let host: String
  let port: Int
  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    let host = String(argument[..<colon])
    guard !host.contains(":") || (host.hasPrefix("[") && host.hasSuffix("]")), !host.contains("/"),
      !host.contains(" ")
    else { return nil }
    self.host = host.isEmpty ? "127.0.0.1" : host
    self.port = port
  }
  static var argumentExample: String { "127.0.0.1:8080" }
  var argumentText: String { "\(host):\(port)" }
}

/// A share on the command line: `10%` or `0.1`.
struct ShareArgument: ArgumentValue {
  let value: Double
  init(_ value: Double) { self.value = value }
  init?(argument: String) {
    guard let fraction = try? Fraction.parse(argument), (0...1).contains(fraction.rawValue) else { return nil }
    value = fraction.rawValue
  }
  static var argumentExample: String { "10%" }
  static var argumentHint: String { "write a share from 0% to 100%, as 10%" }
  var argumentText: String { NumberFormat.significant(value * 100, 4) + "%" }
}

/// A size on the command line: `64MiB`, `1MB`.
struct SizeArgument: ArgumentValue {
  let bytes: Int
  init(_ bytes: Int) { self.bytes = bytes }
  init?(argument: String) {
    guard let size = try? Bytes.parse(argument), size.rawValue >= 1, size.rawValue < 1e15 else { return nil }
    bytes = Int(size.rawValue)
  }
  static var argumentExample: String { "64MiB" }
  var argumentText: String {
    bytes % (1 << 20) == 0 ? "\(bytes >> 20)MiB" : bytes % 1024 == 0 ? "\(bytes >> 10)KiB" : "\(bytes)B"
  }
}
