import Glibc

/// Reads files: whole or in chunks, gzip unpacked by its magic bytes, `-` for standard input.
public enum Input {
  /// The size past which a file is not read whole unless asked for.
  public static let defaultLimit = 256 << 20

  /// The bytes of a file, whole.
  ///
  /// - Parameters:
  ///   - path: the file, or `-` for standard input.
  ///   - limit: the most bytes to read, counted unpacked, so that a small file cannot fill the memory.
  public static func read(path: String, limit: Int = defaultLimit) throws(DocumentError) -> [UInt8] {
    let file = try InputFile(path: path)
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try file.read(into: buffer)
      if count == 0 { return bytes }
      if bytes.count + count > limit {
        throw DocumentError(
          .tooLarge, path: path, "cannot read '\(path)': it is larger than \(limit >> 20) MiB",
          remedy: "is it the right file? Split it, or keep only the part that is needed")
      }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// The first bytes of a file, unpacked.
  ///
  /// - Parameter name: what messages call the file, where it is not its path.
  public static func head(
    path: String, _ count: Int, named name: String? = nil
  ) throws(DocumentError) -> [UInt8] {
    let file = try InputFile(path: path, named: name)
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 16)
    defer { buffer.deallocate() }
    while bytes.count < count {
      let read = try file.read(into: buffer)
      if read == 0 { break }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<read]))
    }
    return Array(bytes.prefix(count))
  }

  /// The bytes of a file, chunk by chunk; memory is one chunk.
  ///
  /// - Parameter name: what messages call the file, where it is not its path.
  /// - Throws: ``DocumentError`` where the file fails, and what `chunk` throws.
  public static func stream(
    path: String, named name: String? = nil, chunk: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let file = try InputFile(path: path, named: name)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try file.read(into: buffer)
      if count == 0 { return }
      try chunk(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Large enough that calls cost nothing, small enough to stay in the second-level cache.
  static let chunkSize = 1 << 18
}

/// An open file, read in pieces of the caller's size.
final class InputFile {
  private let path: String
  private let descriptor: Int32
  /// The file's own bytes where they must be unpacked, and at the start, where the magic bytes are looked at.
  private let raw: UnsafeMutableBufferPointer<UInt8>
  private var rawStart = 0
  private var rawEnd = 0
  private var inflater: GzipInflater?
  private var transcoder: UTF16Transcoder?
  private var bytesRead = 0

  /// Opens a file and looks at its first bytes.
  init(path: String, named name: String? = nil) throws(DocumentError) {
    self.path = name == SpooledInput.name ? "-" : name ?? path
    raw = .allocate(capacity: Input.chunkSize)
    if path == "-" {
      descriptor = STDIN_FILENO
    } else {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      if descriptor < 0 { throw .system(errno, reading: self.path) }
      var status = stat()
      if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        throw .system(EISDIR, reading: self.path)
      }
    }
    // A pipe may give its first bytes one at a time.
    while rawEnd < 6 {
      let count = try readRaw(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(raw)[rawEnd...]))
      if count == 0 { break }
      rawEnd += count
    }
    try checkStart(raw[..<rawEnd])
    transcoder = UTF16Transcoder(raw[..<rawEnd])
    if transcoder != nil { rawStart = 2 }
  }

  deinit {
    if descriptor > STDERR_FILENO { close(descriptor) }
    raw.deallocate()
  }

  /// Reads up to a buffer of bytes; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DocumentError) -> Int {
    if let inflater { return try inflate(inflater, into: buffer) }
    guard transcoder != nil else { return try readPlain(buffer) }
    // Two bytes become three at most; a first byte of a pair alone must wait for its second.
    let half = UnsafeMutableRawBufferPointer.allocate(byteCount: max(2, buffer.count / 2), alignment: 16)
    defer { half.deallocate() }
    while true {
      let count = try readPlain(half)
      let written = transcoder?.transcode(UnsafeRawBufferPointer(rebasing: half[..<count]), into: buffer) ?? 0
      if written > 0 || count == 0 { return written }
    }
  }

  private func readPlain(_ buffer: UnsafeMutableRawBufferPointer) throws(DocumentError) -> Int {
    if rawStart < rawEnd {
      let count = min(buffer.count, rawEnd - rawStart)
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(raw)[rawStart..<rawStart + count]))
      rawStart += count
      return count
    }
    return try readRaw(buffer)
  }

  private func inflate(
    _ inflater: GzipInflater, into buffer: UnsafeMutableRawBufferPointer
  ) throws(DocumentError) -> Int {
    let output = buffer.bindMemory(to: UInt8.self)
    while true {
      let count: Int
      do {
        count = try inflater.inflate(into: output)
      } catch {
        switch error {
        case .corrupt:
          throw DocumentError(
            .corrupt, path: path, "cannot read '\(path)': its gzip data is damaged", remedy: "test it with: gzip -t")
        case .trailingBytes:
          throw DocumentError(
            .corrupt, path: path, "cannot read '\(path)': bytes that are not gzip follow its gzip data",
            remedy: "unpack it by hand: gunzip -c")
        }
      }
      if count > 0 { return count }
      if inflater.hasInput { continue }
      let next = try readRaw(UnsafeMutableRawBufferPointer(raw))
      if next == 0 {
        guard inflater.isBetweenMembers else {
          throw DocumentError(
            .truncated, path: path, "cannot read '\(path)': the gzip file ends early, after \(bytesRead) bytes",
            remedy: "fetch it again; test it with: gzip -t")
        }
        return 0
      }
      inflater.give(UnsafeMutableBufferPointer(rebasing: raw[..<next]))
    }
  }

  private func readRaw(_ buffer: UnsafeMutableRawBufferPointer) throws(DocumentError) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 {
        bytesRead += count
        return count
      }
      if errno != EINTR { throw .system(errno, reading: path) }
    }
  }

  /// Formats that are not read here, by their first bytes.
  private static let foreignFormats: [(magic: [UInt8], name: String, help: String)] = [
    ([0x28, 0xB5, 0x2F, 0xFD], "zstd-compressed", "unpack it first: zstd -d"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz-compressed", "unpack it first: unxz"),
    ([0x42, 0x5A, 0x68], "bzip2-compressed", "unpack it first: bunzip2"),
    ([0x50, 0x4B, 0x03, 0x04], "a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    ([0x50, 0x41, 0x52, 0x31], "Parquet", "convert it to CSV first, for example with DuckDB"),
  ]

  private func checkStart(_ start: Slice<UnsafeMutableBufferPointer<UInt8>>) throws(DocumentError) {
    let isStandardInput = path == "-"
    if start.isEmpty {
      throw DocumentError(
        .empty, path: path,
        isStandardInput ? "cannot read standard input: it is empty" : "cannot read '\(path)': the file is empty",
        remedy: isStandardInput ? "pipe a document in, or name a file" : "is it the right file?")
    }
    if start.count >= 2, start[0] == 0x1F, start[1] == 0x8B {
      let inflater = GzipInflater()
      inflater.give(UnsafeMutableBufferPointer(rebasing: start))
      self.inflater = inflater
      return
    }
    if path.hasSuffix(".gz") {
      throw DocumentError(
        .notGzip, path: path, "cannot read '\(path)': it is named .gz and is not gzip-compressed",
        remedy: "rename it without .gz, or compress it with: gzip")
    }
    for format in InputFile.foreignFormats where start.starts(with: format.magic) {
      // "BZh" may begin a text; the digit behind it tells.
      if format.magic.count == 3, start.count < 4 || !(0x31...0x39).contains(start[3]) { continue }
      throw DocumentError(
        .unsupportedFormat, path: path, "cannot read '\(path)': it is \(format.name)", remedy: format.help)
    }
  }
}
