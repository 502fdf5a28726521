import CZlib
import Glibc

/// How the content of a message is packed (RFC 9110, 8.4.1; RFC 7932; RFC 8878).
public enum ContentCoding: String, Sendable, CaseIterable {
  case gzip, deflate, br, zstd

  /// The coding that a `Content-Encoding` header names; nil for none, `identity`, or one that nobody here knows.
  public init?(header: UnsafeBufferPointer<UInt8>) {
    let word = String(decoding: header, as: UTF8.self).lowercased()
    self.init(rawValue: word.hasPrefix("x-") ? String(word.dropFirst(2)) : word)
  }

  /// Whether it can be unpacked on this machine. The libraries of Brotli and Zstandard are looked for when they are first
  /// needed: libcurl brings them.
  public var isKnown: Bool {
    switch self {
    case .gzip, .deflate: true
    case .br: CodingLibrary.brotli != nil
    case .zstd: CodingLibrary.zstandard != nil
    }
  }
  /// What to ask a service for: `gzip, deflate, br, zstd`, as far as they can be unpacked here.
  public static var accepted: String { allCases.filter(\.isKnown).map(\.rawValue).joined(separator: ", ") }

  /// The content; nil where the bytes are not packed so, are cut off, or hold more than the limit.
  public func unpacked(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int = 64 << 20) -> [UInt8]? {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return [] }
    switch self {
    // 32 takes the heads of gzip and zlib alike (zlib.h, inflateInit2); deflate without a head is what some send.
    case .gzip: return Self.inflated(base, bytes.count, bits: 15 + 32, limit)
    case .deflate:
      return Self.inflated(base, bytes.count, bits: 15 + 32, limit)
        ?? Self.inflated(base, bytes.count, bits: -15, limit)
    case .br: return CodingLibrary.brotli?.unpacked(base, bytes.count, limit).flatMap { $0.count > limit ? nil : $0 }
    case .zstd:
      return CodingLibrary.zstandard?.unpacked(base, bytes.count, limit).flatMap { $0.count > limit ? nil : $0 }
    }
  }

  private static func inflated(_ base: UnsafePointer<UInt8>, _ count: Int, bits: Int32, _ limit: Int) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: base)
    stream.avail_in = UInt32(clamping: count)
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16_384)
    while true {
      let (status, room) = piece.withUnsafeMutableBufferPointer { piece -> (Int32, Int) in
        stream.next_out = piece.baseAddress
        stream.avail_out = UInt32(piece.count)
        return (inflate(&stream, Z_NO_FLUSH), piece.count - Int(stream.avail_out))
      }
      guard status == Z_OK || status == Z_STREAM_END, result.count + room <= limit else { return nil }
      result += piece[..<room]
      if status == Z_STREAM_END { return result }
      if room == 0 { return nil }
    }
  }
}

/// A library that is there or not, with the few functions that unpacking takes.
private struct CodingLibrary: Sendable {
  enum Calls: Sendable {
    /// `BrotliDecoderDecompress(size, bytes, size *, out)`: 1 where it is done (brotli/decode.h).
    case brotli(
      @convention(c) @Sendable (Int, UnsafePointer<UInt8>?, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<UInt8>?) ->
        Int32)
    /// `ZSTD_decompress(out, room, bytes, size)`, and whether what it gives is an error (zstd.h).
    case zstandard(
      @convention(c) @Sendable (UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int) -> Int,
      isError: @convention(c) @Sendable (Int) -> UInt32)
  }
  let calls: Calls

  static let brotli: CodingLibrary? = {
    guard let library = dlopen("libbrotlidec.so.1", RTLD_NOW), let call = dlsym(library, "BrotliDecoderDecompress")
    else { return nil }
    return CodingLibrary(
      calls: .brotli(
        unsafeBitCast(
          call,
          to: (@convention(c) @Sendable (
            Int, UnsafePointer<UInt8>?, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<UInt8>?
          ) -> Int32).self)))
  }()
  static let zstandard: CodingLibrary? = {
    guard let library = dlopen("libzstd.so.1", RTLD_NOW), let call = dlsym(library, "ZSTD_decompress"),
      let isError = dlsym(library, "ZSTD_isError")
    else { return nil }
    return CodingLibrary(
      calls: .zstandard(
        unsafeBitCast(
          call,
          to: (@convention(c) @Sendable (UnsafeMutableRawPointer?, Int, UnsafeRawPointer?, Int) -> Int).self),
        isError: unsafeBitCast(isError, to: (@convention(c) @Sendable (Int) -> UInt32).self)))
  }()

  /// Into ever more room: neither format has to say beforehand how much it will be.
  func unpacked(_ base: UnsafePointer<UInt8>, _ count: Int, _ limit: Int) -> [UInt8]? {
    var room = max(4096, min(limit, count &* 8))
    while true {
      var size = 0
      let result = [UInt8](unsafeUninitializedCapacity: room) { buffer, used in
        switch calls {
        case .brotli(let call):
          size = room
          if call(count, base, &size, buffer.baseAddress) != 1 { size = -1 }
        case .zstandard(let call, let isError):
          size = call(buffer.baseAddress, room, base, count)
          if isError(size) != 0 { size = -1 }
        }
        used = max(0, size)
      }
      if size >= 0 { return result }
      guard room < limit else { return nil }
      room = min(limit, room &* 8)
    }
  }
}
