import Glibc
import HeadroomTesting

/// The files of the checkout, without what builds and runs leave there.
enum Checkout {
  struct File: Sendable {
    /// From the root of the checkout: `Sources/Quantities/Estimate.swift`.
    var path: String
    var name: String { String(path.split(separator: "/").last ?? "") }
    var text: String { Checkout.read(path) ?? "" }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    /// Whether the text is anywhere in the file, up to a byte of zero: far quicker than to look at each line.
    func holds(_ part: String) -> Bool { text.withCString { strstr($0, part) != nil } }
    /// Lines as `wc -l` counts them.
    var lineCount: Int { text.utf8.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } }
  }

  /// Every file below a folder of the checkout, sorted by path.
  static func files(under folder: String) -> [File] {
    var result: [File] = []
    var open = [folder]
    while let here = open.popLast() {
      guard let directory = opendir(TestData.checkout + "/" + here) else { continue }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        let path = here.isEmpty ? name : here + "/" + name
        if leftByBuilds(path, name) { continue }
        if Int32(entry.pointee.d_type) == Int32(DT_DIR) { open.append(path) } else { result.append(File(path: path)) }
      }
    }
    return result.sorted { $0.path < $1.path }
  }
  static func swiftFiles(under folder: String) -> [File] { files(under: folder).filter { $0.name.hasSuffix(".swift") } }

  static func exists(_ path: String) -> Bool { access(TestData.checkout + "/" + path, F_OK) == 0 }

  static func isExecutable(_ path: String) -> Bool { access(TestData.checkout + "/" + path, X_OK) == 0 }

  static func read(_ path: String) -> String? {
    guard let file = fopen(TestData.checkout + "/" + path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let n = fread(&buffer, 1, buffer.count, file)
      if n == 0 { break }
      bytes += buffer[..<n]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What .gitignore names: build folders, the demo's reports, editors' leftovers.
  private static func leftByBuilds(_ path: String, _ name: String) -> Bool {
    [".git", ".build", ".deps", ".swiftpm", ".DS_Store"].contains(name) || name.hasSuffix(".swp")
      || path.hasPrefix("headroom-report")
  }
}
