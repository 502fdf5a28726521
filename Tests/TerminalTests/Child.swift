import Glibc

/// Other programs and files, for tests that need real ones.
enum Child {
  /// Where a program is found in the usual folders.
  static func path(_ program: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + program }.first { access($0, X_OK) == 0 }
  }

  /// Runs a program to its end.
  ///
  /// - Returns: what it wrote on both streams, and its exit status, -1 where it could not be run.
  static func run(_ program: String, _ arguments: [String]) -> (output: String, status: Int32) {
    guard let path = path(program) else { return ("", -1) }
    var pipes: [Int32] = [0, 0]
    guard pipe(&pipes) == 0 else { return ("", -1) }
    for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 2)
    let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/dev/null"]
    var words = ([program] + arguments).map { (word: String) in strdup(word) } + [nil]
    var variables = environment.map { (variable: String) in strdup(variable) } + [nil]
    defer { for word in words + variables { free(word) } }
    var child = pid_t()
    let failure = posix_spawn(&child, path, &actions, nil, &words, &variables)
    close(pipes[1])
    defer { close(pipes[0]) }
    guard failure == 0 else { return ("", -1) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(pipes[0], &chunk, chunk.count)
      if count > 0 { output += chunk[..<count] } else if count == 0 || errno != EINTR { break }
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    return (String(decoding: output, as: UTF8.self), status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F))
  }
}

/// A folder that is there for one test.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/terminal-test-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  /// Writes a file and returns its path.
  func write(_ name: String, _ text: String) -> String {
    let path = "\(self.path)/\(name)"
    if let file = fopen(path, "w") {
      fputs(text, file)
      fclose(file)
    }
    return path
  }

  /// A file's text, or nil where there is none.
  func read(_ name: String) -> String? {
    guard let file = fopen("\(path)/\(name)", "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// The names of all files.
  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  deinit {
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}
