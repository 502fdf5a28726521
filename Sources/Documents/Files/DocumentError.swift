import Glibc

/// Why a file could not be read or written: the world's fault, not the document's.
///
/// It has the fields of `RoomFault` in `Quantities`, which this room may not know, and the file besides.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The sort of failure; more may come.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// Stable for scripts.
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// There is no such file or folder.
    public static let notFound = Code("not-found")
    /// It is a folder, not a file.
    public static let isDirectory = Code("is-directory")
    /// The system does not permit it.
    public static let permissionDenied = Code("permission-denied")
    /// The file holds nothing.
    public static let empty = Code("empty")
    /// The file is larger than what is read whole.
    public static let tooLarge = Code("too-large")
    /// The compressed file ends before its end.
    public static let truncated = Code("truncated")
    /// The compressed file is damaged.
    public static let corrupt = Code("corrupt")
    /// The file is named .gz and is not gzip.
    public static let notGzip = Code("not-gzip")
    /// The file is of a format that is not read here.
    public static let unsupportedFormat = Code("unsupported-format")
    /// The disk or the quota is full.
    public static let diskFull = Code("disk-full")
    /// Anything else that the system says.
    public static let system = Code("system")
  }

  /// The sort of failure.
  public var code: Code
  /// The file.
  public var path: String
  /// What failed, as a phrase.
  public var problem: String
  /// What to do about it. Empty where nobody knows.
  public var remedy: String

  /// A failure with a file.
  public init(_ code: Code, path: String, _ problem: String, remedy: String) {
    self.code = code
    self.path = path
    self.problem = problem
    self.remedy = remedy
  }

  /// `cannot read 'x.csv': there is no such file`, and on a second line the help.
  public var description: String { problem + (remedy.isEmpty ? "" : "\n  help: \(remedy)") }
}

extension DocumentError {
  /// The error for a failed system call, given its `errno`.
  static func system(_ number: Int32, reading path: String) -> DocumentError {
    let head = "cannot read '\(path)': "
    switch number {
    case ENOENT, ENOTDIR: return missing(path, head)
    case EISDIR:
      return DocumentError(.isDirectory, path: path, head + "it is a folder", remedy: "name a file in it")
    case EACCES, EPERM:
      return DocumentError(
        .permissionDenied, path: path, head + "permission denied", remedy: "allow it with: chmod u+r '\(path)'")
    default: return DocumentError(.system, path: path, head + words(number), remedy: "")
    }
  }

  private static func missing(_ path: String, _ head: String) -> DocumentError {
    let folder = FilePath.folder(of: path)
    guard let names = FilePath.names(in: folder) else {
      return DocumentError(.notFound, path: path, head + "there is no folder '\(folder)'", remedy: "check the path")
    }
    let near = nearest(FilePath.name(of: path), in: names)
    return DocumentError(
      .notFound, path: path, head + "there is no such file",
      remedy: near.map { "did you mean '\(FilePath.join(path, sibling: $0))'?" } ?? "check the name and the folder")
  }

  private static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}

/// Paths as text, and the names in a folder.
enum FilePath {
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func name(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }

  static func join(_ path: String, sibling name: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return name }
    return path[...slash] + name
  }

  /// The names in a folder, sorted (at most 10,000), or nil where it cannot be read.
  static func names(in folder: String) -> [String]? {
    guard let handle = opendir(folder) else { return nil }
    defer { closedir(handle) }
    var names: [String] = []
    while names.count < 10_000, let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
