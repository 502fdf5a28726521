import Documents
import Glibc

/// The plan files of a folder and of the folders in it.
public struct PlanFolder: Sendable {
  /// In order of their paths.
  public var plans: [String]
  /// How many YAML files are there that plan nothing: manifests beside plans.
  public var others: Int

  /// Folders deeper than this are not looked into; links to folders are not followed.
  static let mostDepth = 32

  /// - Throws: `DocumentError` where the folder itself cannot be read.
  public init(_ path: String) throws(DocumentError) {
    plans = []
    others = 0
    var root = Substring(path)
    while root.count > 1, root.last == "/" { root.removeLast() }
    guard let names = Self.names(in: String(root)) else {
      throw DocumentError(
        errno == EACCES ? .permissionDenied : .notFound, path: path, "the folder \(path) cannot be read",
        remedy: "name a folder with plan files")
    }
    look(String(root), names, depth: 0)
    plans.sort()
  }

  private mutating func look(_ folder: String, _ names: [String], depth: Int) {
    let prefix = folder == "/" ? "/" : folder + "/"
    for name in names where !name.hasPrefix(".") {
      let path = prefix + name
      var info = stat()
      guard lstat(path, &info) == 0 else { continue }
      if info.st_mode & S_IFMT == S_IFDIR {
        if depth < Self.mostDepth, let inner = Self.names(in: path) { look(path, inner, depth: depth + 1) }
        continue
      }
      guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { continue }
      if Self.isPlan(path) { plans.append(path) } else { others += 1 }
    }
  }

  private static func names(in folder: String) -> [String]? {
    guard let directory = opendir(folder) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }

  /// A plan has one of its own keys at the beginning of a line. A file that cannot be read counts as one, so that its
  /// fault is told.
  static func isPlan(_ path: String) -> Bool {
    guard let bytes = try? Input.read(path: path) else { return true }
    let keys = ["plan:", "traffic:", "services:"].map { Array($0.utf8) }
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let rest = bytes[start...]
      if keys.contains(where: { rest.starts(with: $0) }) { return true }
      guard let end = rest.firstIndex(of: 10) else { return false }
      start = end + 1
    }
    return false
  }
}
