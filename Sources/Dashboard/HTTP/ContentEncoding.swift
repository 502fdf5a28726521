import CZlib

/// Bodies packed by gzip (RFC 1952) for clients that say they read it (RFC 9110, 12.5.3): a page of 300 kB is 50 kB so.
enum ContentEncoding {
  /// Below this a packet holds the body as it is.
  static let fewest = 1024

  /// Whether an `Accept-Encoding` header takes gzip. Without one nothing is packed: programs that do not name it seldom unpack.
  static func takesGzip(_ header: String?) -> Bool {
    guard let header else { return false }
    var named: Double?
    var any: Double?
    for choice in WeightedChoice.list(header) {
      switch choice.name {
      case "gzip", "x-gzip": named = max(named ?? 0, choice.weight ?? 0)
      case "*": any = choice.weight ?? 0
      default: continue
      }
    }
    return (named ?? any ?? 0) > 0
  }

  /// The bytes packed; nil where that makes nothing smaller.
  ///
  /// - Parameter level: of zlib, from 1 (fastest) to 9.
  static func gzip(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
    var stream = z_stream()
    // 15: the largest window; +16: a gzip head and checksum in place of zlib's (zlib.h, deflateInit2).
    let status = deflateInit2_(
      &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    // What has not ended within the length of the bytes themselves is not worth sending.
    var output = [UInt8](repeating: 0, count: bytes.count)
    let written = bytes.withUnsafeBufferPointer { input -> Int? in
      output.withUnsafeMutableBufferPointer { output -> Int? in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(clamping: input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(clamping: output.count)
        return deflate(&stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.avail_out) : nil
      }
    }
    guard let written else { return nil }
    output.removeLast(output.count - written)
    return output
  }
}
