import Glibc

/// The built command, run as a user runs it.
public enum Command {
  /// What a run left behind.
  public struct Result: Sendable {
    public var stdout: String
    public var stderr: String
    public var exit: Int32
    public var seconds: Double
  }

  /// Why a run could not be made.
  public struct Problem: Error, CustomStringConvertible {
    public var description: String
  }

  /// The command beside the test runner, or the one that `HEADROOM_BIN` names.
  public static let path: String = {
    if let named = getenv("HEADROOM_BIN") { return String(cString: named) }
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let own = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // The runner may be the toolchain's test helper: then the products lie where the build put them.
    let beside = own.split(separator: "/").dropLast().joined(separator: "/")
    for candidate in ["/\(beside)/headroom", TestData.checkout + "/.build/debug/headroom"]
    where access(candidate, X_OK) == 0 { return candidate }
    return TestData.checkout + "/.build/debug/headroom"
  }()

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - folder: the working folder.
  ///   - stdin: what it reads.
  ///   - through: a program that starts the command, with its arguments: `prlimit --nofile=40`.
  ///   - environment: set on top of a bare one (PATH, HOME, a UTF-8 locale, no colour).
  public static func run(
    _ arguments: [String], in folder: String = "/tmp", stdin: String = "", through: [String] = [],
    environment: [String: String] = [:]
  ) throws -> Result {
    let scratch = try temporaryFolder()
    defer { remove(folder: scratch) }
    let files = ["in", "out", "err"].map { "\(scratch)/\($0)" }
    try write(stdin, to: files[0])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, files[0], O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, files[1], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, files[2], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var variables = ["PATH": "/usr/bin:/bin", "HOME": scratch, "LANG": "C.UTF-8", "COLUMNS": "80"]
    variables.merge(environment) { $1 }
    // env changes the folder: the spawn action for it is a GNU extension that Glibc's module does not show.
    let argv = (["env", "-C", folder] + through + [path] + arguments).map { strdup($0) } + [nil]
    let envp = variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var started = timespec()
    clock_gettime(CLOCK_MONOTONIC, &started)
    var pid = pid_t()
    let code = posix_spawn(&pid, "/usr/bin/env", &actions, nil, argv, envp)
    guard code == 0 else { throw Problem(description: "cannot run \(path): \(String(cString: strerror(code)))") }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    var ended = timespec()
    clock_gettime(CLOCK_MONOTONIC, &ended)
    let exit = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    let seconds = Double(ended.tv_sec - started.tv_sec) + Double(ended.tv_nsec - started.tv_nsec) * 1e-9
    return Result(stdout: read(files[1]), stderr: read(files[2]), exit: exit, seconds: seconds)
  }

  /// A new folder of one's own.
  public static func temporaryFolder() throws -> String {
    var template = Array("/tmp/test-headroom-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Problem(description: "cannot make a folder under /tmp") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Takes a folder made by ``temporaryFolder()`` away, with the files in it.
  public static func remove(folder: String) {
    guard folder.hasPrefix("/tmp/test-headroom-"), let directory = opendir(folder) else { return }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    closedir(directory)
    for name in names { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  public static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw Problem(description: "cannot write \(path)") }
    defer { fclose(file) }
    fputs(text, file)
  }

  static func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let n = fread(&chunk, 1, chunk.count, file)
      if n == 0 { break }
      bytes.append(contentsOf: chunk.prefix(n))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
