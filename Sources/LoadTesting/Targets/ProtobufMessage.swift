/// A message of Protocol Buffers put together by hand, field by field, for services whose requests are simple. Source:
/// "Protocol Buffers: Encoding".
public struct ProtobufMessage: Sendable, Hashable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Adds a field as a user writes it: `1=string:abc`, `2=int:-5`, `3=bool:true`, `4=double:0.5`, `5=bytes:0aff`.
  ///
  /// `int` is for int32, int64, uint32, uint64 and enumerations, `sint` for sint32 and sint64, `fixed32` and `fixed64`
  /// also for their signed kin. `bytes` is hexadecimal; a message inside a message is its bytes.
  public mutating func add(_ text: String) throws(LoadTestingError) {
    func bad(_ problem: String) -> LoadTestingError {
      LoadTestingError(
        .badSettings, "the field '\(text)' \(problem)", remedy: "write NUMBER=TYPE:VALUE, as 1=string:abc or 2=int:5")
    }
    guard let equals = text.firstIndex(of: "="), let colon = text[equals...].firstIndex(of: ":") else {
      throw bad("has no number, type and value")
    }
    // Numbers from 19,000 to 19,999 are the format's own.
    guard let number = UInt64(text[..<equals]), (1...536_870_911).contains(number), !(19_000...19_999).contains(number)
    else { throw bad("has no usable number") }
    let value = String(text[text.index(after: colon)...])
    switch text[text.index(after: equals)..<colon] {
    case "string": addBytes(number, Array(value.utf8))
    case "bytes":
      guard let bytes = Self.hexadecimal(value) else { throw bad("has a value that is not hexadecimal") }
      addBytes(number, bytes)
    case "int":
      if let value = Int64(value) {
        addVarint(number, UInt64(bitPattern: value))
      } else if let value = UInt64(value) {
        addVarint(number, value)
      } else {
        throw bad("has a value that is no whole number")
      }
    case "sint":
      guard let value = Int64(value) else { throw bad("has a value that is no whole number") }
      addVarint(number, UInt64(bitPattern: value << 1 ^ value >> 63))
    case "bool":
      guard value == "true" || value == "false" else { throw bad("has a value that is neither true nor false") }
      addVarint(number, value == "true" ? 1 : 0)
    case "double":
      guard let value = Double(value) else { throw bad("has a value that is no number") }
      addFixed(number, value.bitPattern, count: 8)
    case "float":
      guard let value = Float(value) else { throw bad("has a value that is no number") }
      addFixed(number, UInt64(value.bitPattern), count: 4)
    case "fixed64":
      guard let value = UInt64(value) ?? Int64(value).map({ UInt64(bitPattern: $0) }) else {
        throw bad("has a value that is no whole number")
      }
      addFixed(number, value, count: 8)
    case "fixed32":
      guard let value = UInt32(value) ?? Int32(value).map({ UInt32(bitPattern: $0) }) else {
        throw bad("has a value that is no whole number of 32 bits")
      }
      addFixed(number, UInt64(value), count: 4)
    default:
      throw bad("has none of the types string, bytes, int, sint, bool, double, float, fixed32 and fixed64")
    }
  }

  private mutating func addVarint(_ number: UInt64, _ value: UInt64) {
    varint(number << 3)
    varint(value)
  }
  private mutating func addFixed(_ number: UInt64, _ value: UInt64, count: Int) {
    varint(number << 3 | (count == 8 ? 1 : 5))
    for i in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * i))) }
  }
  private mutating func addBytes(_ number: UInt64, _ value: [UInt8]) {
    varint(number << 3 | 2)
    varint(UInt64(value.count))
    bytes += value
  }
  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// The bytes that pairs of hexadecimal digits stand for; nil where they are none.
  public static func hexadecimal(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { byte -> UInt8? in
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x41...0x46: byte - 0x41 + 10
      case 0x61...0x66: byte - 0x61 + 10
      default: nil
      }
    }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for i in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[i], let low = digits[i + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  /// The bytes that a text in base64 stands for (RFC 4648, 4), padded or not; nil where it is none.
  public static func base64(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    while digits.last == 0x3D, digits.count > 0 { digits.removeLast() }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in digits {
      let value: UInt8
      switch byte {
      case 0x41...0x5A: value = byte - 0x41
      case 0x61...0x7A: value = byte - 0x61 + 26
      case 0x30...0x39: value = byte - 0x30 + 52
      case 0x2B, 0x2D: value = 62
      case 0x2F, 0x5F: value = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        bits &= (1 << UInt32(count)) - 1
      }
    }
    return count == 6 ? nil : bytes
  }
}
