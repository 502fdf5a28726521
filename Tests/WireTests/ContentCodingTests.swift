import Testing
import Wire

@Suite struct ContentCodingTests {
  /// A text as the four programs pack it: Python 3.11's gzip and zlib, Brotli 1.0.9 and Zstandard 1.5.4.
  static let text = Array(#"{"token":"t-42","pad":"\#(String(repeating: "abc", count: 40))"}"#.utf8)
  static let packed: [(coding: ContentCoding, hex: String)] = [
    (.gzip, "1f8b0800000000000203ab562ac9cf4ecd53b2522ad1353152d2512a484c0172129392070429d502004ee1d0fb91000000"),
    (.deflate, "789cab562ac9cf4ecd53b2522ad1353152d2512a484c0172129392070429d502009a2d34f6"),
    // The same without the head and the sum of zlib.
    (.deflate, "ab562ac9cf4ecd53b2522ad1353152d2512a484c0172129392070429d50200"),
    (.br, "1b90000004e26ca95fa698a4355817b4dfa72493445804d723f33c82533784cd21c86af8"),
    (.zstd, "28b52ffd20911d0100e07b22746f6b656e223a22742d3432222c22706164223a22616263227d01004a533706"),
  ]
  static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  @Test("content is unpacked, and what is cut off, of another kind or too much is not", arguments: packed.indices)
  func unpacks(_ index: Int) {
    let (coding, hex) = Self.packed[index]
    guard coding.isKnown else { return }
    let bytes = Self.bytes(hex)
    bytes.withUnsafeBufferPointer { whole in
      #expect(coding.unpacked(whole) == Self.text)
      #expect(coding.unpacked(whole, limit: 100) == nil)
      #expect(coding.unpacked(UnsafeBufferPointer(rebasing: whole.dropLast(8))) == nil)
    }
    Array("plain text, packed by nobody".utf8).withUnsafeBufferPointer { #expect(coding.unpacked($0) == nil) }
  }

  @Test(
    "a header names the coding",
    arguments: [("gzip", "gzip"), ("X-GZIP", "gzip"), ("br", "br"), ("identity", nil), ("", nil)])
  func names(_ header: String, _ coding: String?) {
    Array(header.utf8).withUnsafeBufferPointer { #expect(ContentCoding(header: $0)?.rawValue == coding) }
  }
}
