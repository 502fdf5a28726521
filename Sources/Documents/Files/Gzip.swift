import CZlib

/// Unpacks gzip (RFC 1952) chunk by chunk, files of several members included.
final class GzipInflater {
  enum Failure: Error { case corrupt, trailingBytes }

  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isBetweenMembers = true

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15: the largest window; +16: a gzip header and trailer, whose checksum zlib verifies.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "out of memory for zlib")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Gives bytes to unpack; they must stay until ``hasInput`` is false.
  func give(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
    stream.pointee.next_in = bytes.baseAddress
    stream.pointee.avail_in = UInt32(bytes.count)
  }

  var hasInput: Bool { stream.pointee.avail_in > 0 }

  /// Unpacks into `output` until it is full or the input is used up; returns the bytes written.
  func inflate(into output: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
    stream.pointee.next_out = output.baseAddress
    stream.pointee.avail_out = UInt32(output.count)
    while stream.pointee.avail_in > 0, stream.pointee.avail_out > 0 {
      if isBetweenMembers {
        guard let next = stream.pointee.next_in else { break }
        // Tapes and block devices pad with zeros.
        if next.pointee == 0 {
          stream.pointee.next_in = next + 1
          stream.pointee.avail_in -= 1
          continue
        }
        if next.pointee != 0x1F { throw .trailingBytes }
        isBetweenMembers = false
      }
      switch CZlib.inflate(stream, Z_NO_FLUSH) {
      case Z_OK: continue
      case Z_STREAM_END:
        isBetweenMembers = true
        inflateReset(stream)
      case Z_BUF_ERROR: return output.count - Int(stream.pointee.avail_out)
      default: throw .corrupt
      }
    }
    return output.count - Int(stream.pointee.avail_out)
  }
}
