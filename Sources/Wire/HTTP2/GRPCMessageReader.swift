/// Counts the messages of a gRPC response (length-prefixed: a flag, four bytes of length, the message) from whatever
/// pieces they arrive in. Source: "gRPC over HTTP2", Length-Prefixed-Message.
public struct GRPCMessageReader: Sendable {
  /// Messages read to their end.
  public private(set) var messages = 0
  private var prefixCount: UInt8 = 0
  private var remaining: UInt32 = 0

  public init() {}

  /// Whether the bytes so far end where a message ends.
  public var isBetweenMessages: Bool { prefixCount == 0 }

  /// Reads on from `offset`, to the end of the next message.
  /// - Returns: true where a message is complete; false where all bytes are used up.
  public mutating func next(_ bytes: UnsafePointer<UInt8>, _ count: Int, from offset: inout Int) -> Bool {
    while offset < count || (prefixCount == 5 && remaining == 0) {
      if prefixCount < 5 {
        // The flag of compression is no part of the length.
        remaining = prefixCount == 0 ? 0 : remaining << 8 | UInt32(bytes[offset])
        prefixCount &+= 1
        offset &+= 1
        continue
      }
      let part = min(Int(remaining), count &- offset)
      offset &+= part
      remaining &-= UInt32(truncatingIfNeeded: part)
      if remaining == 0 {
        prefixCount = 0
        messages &+= 1
        return true
      }
    }
    return false
  }

  /// A message with its prefix, uncompressed.
  public static func framed(_ message: [UInt8]) -> [UInt8] {
    let n = UInt32(clamping: message.count)
    return [0, UInt8(n >> 24), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255), UInt8(n & 255)] + message
  }
}
