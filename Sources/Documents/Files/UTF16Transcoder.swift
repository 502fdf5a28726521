/// UTF-16 with a byte order mark, as Excel and Windows tools write it, to UTF-8, piece by piece.
struct UTF16Transcoder {
  private let isLittle: Bool
  private var oddByte: UInt8?
  private var highSurrogate: UInt16?

  /// Nil where the bytes do not begin with the mark.
  init?(_ start: some Collection<UInt8>) {
    if start.starts(with: [0xFF, 0xFE]) {
      isLittle = true
    } else if start.starts(with: [0xFE, 0xFF]) {
      isLittle = false
    } else {
      return nil
    }
  }

  /// Writes the UTF-8 of the next bytes; returns how many were written. What is no UTF-16 becomes U+FFFD.
  ///
  /// - Precondition: the buffer holds twice the bytes and 8 more.
  mutating func transcode(_ bytes: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var count = 0
    func put(_ scalar: UInt32) {
      let unit = Unicode.Scalar(scalar) ?? "\u{FFFD}"
      for byte in UTF8.encode(unit) ?? UTF8.encodedReplacementCharacter where count < buffer.count {
        buffer[count] = byte
        count += 1
      }
    }
    for byte in bytes {
      guard let first = oddByte else {
        oddByte = byte
        continue
      }
      oddByte = nil
      let unit = isLittle ? UInt16(byte) << 8 | UInt16(first) : UInt16(first) << 8 | UInt16(byte)
      if let high = highSurrogate {
        highSurrogate = nil
        if UTF16.isTrailSurrogate(unit) {
          put(0x10000 + (UInt32(high) - 0xD800) << 10 + UInt32(unit) - 0xDC00)
          continue
        }
        put(0xFFFD)
      }
      if UTF16.isLeadSurrogate(unit) { highSurrogate = unit } else { put(UInt32(unit)) }
    }
    return count
  }
}
