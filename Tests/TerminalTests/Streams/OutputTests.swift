import Glibc
import Testing

@testable import Terminal

@Suite struct OutputTests {
  @Test("lets a file appear whole, under its name, when it is closed")
  func file() throws {
    let folder = TemporaryFolder()
    _ = folder.write("plan.json", "old")
    let output = Output.file("\(folder.path)/plan.json")
    output.write("new")
    output.flush()
    #expect(folder.read("plan.json") == "old")
    try output.close()
    #expect(folder.read("plan.json") == "new")
    #expect(folder.names == ["plan.json"])
  }

  @Test("leaves the older file where the work is given up")
  func discard() throws {
    let folder = TemporaryFolder()
    let path = folder.write("plan.json", "old")
    let output = Output.file(path)
    try output.open()
    output.write("half")
    output.flush()
    output.discard()
    #expect(folder.read("plan.json") == "old")
    #expect(folder.names == ["plan.json"])
  }

  @Test("shows nothing beside the file while it is written, so that a killed process leaves nothing")
  func nothingBeside() throws {
    let folder = TemporaryFolder()
    let output = Output.file("\(folder.path)/plan.json")
    try output.open()
    output.write(String(repeating: "half ", count: 50_000))
    output.flush()
    #expect(folder.names.isEmpty)
    try output.close()
    #expect(folder.names == ["plan.json"])
  }

  #if compiler(>=6.2)
    @Test("tells of a limit on the size of files, and leaves the older one")
    func sizeLimit() async {
      await #expect(processExitsWith: .exitCode(42)) {
        let folder = TemporaryFolder()
        let path = folder.write("plan.json", "old")
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let output = Output.file(path)
        output.write(String(repeating: "a line\n", count: 20_000))
        do throws(Output.Failure) {
          try output.close()
          exit(1)
        } catch {
          let isTold = error.sentence.hasSuffix("File too large. Raise the limit (ulimit -f), or ask for less.")
          exit(isTold && folder.read("plan.json") == "old" && folder.names == ["plan.json"] ? 42 : 2)
        }
      }
    }
  #endif

  @Test("leaves nothing beside the file either where the file system makes no file without a name")
  func namedFile() throws {
    let folder = TemporaryFolder()
    let path = folder.write("plan.json", "old")
    chmod(path, 0o600)
    let output = Output.file(path, knowsNameless: false)
    try output.open()
    let text = String(repeating: "a line\n", count: 20_000)
    output.write(text)
    output.flush()
    #expect(folder.names == ["plan.json"] && folder.read("plan.json") == "old")
    try output.close()
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_size == text.utf8.count && status.st_mode & 0o777 == 0o600)
    #expect(folder.read("plan.json").map(text.hasPrefix) == true && folder.names == ["plan.json"])
  }

  @Test("writes a file in one call: whole, with the permissions of the older one, under any name")
  func inOneCall() throws {
    let folder = TemporaryFolder()
    let path = folder.write("plan.json", "old")
    chmod(path, 0o600)
    try Output.write("new", to: path)
    var status = stat()
    #expect(folder.read("plan.json") == "new" && lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    // The longest name that Linux allows.
    let long = String(repeating: "n", count: 255)
    for text in ["first", "second"] { try Output.write(text, to: "\(folder.path)/\(long)") }
    #expect(folder.read(long) == "second" && folder.names == [long, "plan.json"])
    #expect(throws: Never.self) { try Output.write("x", to: "/dev/null") }
    let failure = #expect(throws: Output.Failure.self) { try Output.write("x", to: folder.path) }
    #expect(failure?.sentence == "Cannot write to '\(folder.path)': Is a directory. Name a file in it.")
  }

  @Test("writes through a link to where it points")
  func link() throws {
    let folder = TemporaryFolder()
    let path = folder.write("real", "old")
    symlink(path, "\(folder.path)/link")
    let output = Output.file("\(folder.path)/link")
    output.write("new")
    try output.close()
    #expect(folder.read("real") == "new")
    var status = stat()
    lstat("\(folder.path)/link", &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
  }

  @Test("tells of a folder that is not there before the work")
  func missingFolder() {
    let path = "\(TemporaryFolder().path)/none/plan.json"
    let failure = #expect(throws: Output.Failure.self) { try Output.file(path).open() }
    #expect(failure?.sentence == "Cannot write to '\(path)': No such file or directory. Make its folder first.")
  }

  @Test("tells of a full disk")
  func fullDisk() {
    let output = Output.file("/dev/full")
    output.write("text")
    let failure = #expect(throws: Output.Failure.self) { try output.close() }
    #expect(
      failure?.sentence
        == "Cannot write to '/dev/full': No space left on device. Free some space or name another place with -o.")
    #expect(access("/dev/full", F_OK) == 0)
  }

  @Test("ends quietly where the reader is gone")
  func readerGone() {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    close(ends[0])
    let output = Output.descriptor(ends[1], name: "standard output")
    output.write(String(repeating: "a line\n", count: 20_000))
    #expect(output.isBroken)
    let err = Output.memory()
    let code = SampleProgram.application.run(["plan", "f", "-q"], out: output, err: err, environment: Environment())
    #expect(code == .readerLeft)
    #expect(err.contents.isEmpty)
    close(ends[1])
  }

  @Test("reports a full disk once, and ends with 1")
  func reportedOnce() {
    let err = Output.memory()
    let full = Glibc.open("/dev/full", O_WRONLY)
    let out = Output.descriptor(full, name: "standard output")
    let code = SampleProgram.application.run(["plan", "f", "-q"], out: out, err: err, environment: Environment())
    close(full)
    #expect(code == .worldFailed)
    #expect(
      err.contents == "Error: Cannot write to standard output: No space left on device. "
        + "Free some space or name another place with -o.\n")
  }

  @Test("passes everything on in order", arguments: [1, 1000, 70_000, 200_000])
  func order(size: Int) throws {
    let folder = TemporaryFolder()
    let output = Output.file("\(folder.path)/f")
    output.write(String(repeating: "a", count: size))
    output.write(bytes: [0x62])
    try output.close()
    var status = stat()
    stat("\(folder.path)/f", &status)
    #expect(status.st_size == size + 1)
  }

  @Test("writes a verb's result to the file of -o, and nothing where the input was bad")
  func resultFile() {
    let folder = TemporaryFolder()
    let path = "\(folder.path)/result"
    #expect(SampleProgram.run(["plan", "bad.yaml", "-o", path]).code == .badInput)
    #expect(folder.names.isEmpty)
    let end = SampleProgram.run(["plan", "missed.yaml", "-o", path])
    #expect(end.code == .objectiveMissed)
    #expect(end.out.isEmpty)
    #expect(folder.read("result")?.hasPrefix("missed.yaml 0.3") == true)
    // A run that the world spoiled, a load test that was not valid say, has its report all the same.
    #expect(SampleProgram.run(["plan", "spoiled.yaml", "-o", path]).code == .worldFailed)
    #expect(folder.read("result")?.hasPrefix("spoiled.yaml 0.3") == true)
    #expect(SampleProgram.run(["plan", "down.yaml", "-o", "\(folder.path)/down"]).code != .done)
    #expect(folder.read("down") == nil)
  }

  @Test("ends with 1 where the file of -o cannot be written")
  func wrongFile() {
    let path = "\(TemporaryFolder().path)/none/x"
    let end = SampleProgram.run(["plan", "f", "-q", "-o", path])
    #expect(end.code == .worldFailed)
    #expect(end.err.hasPrefix("Error: Cannot write to '\(path)': No such file"))
  }

  @Test(
    "writes what the ending of -o promises, or ends with 64",
    arguments: [
      (["-o", "x.json"], ExitCode.done, ""), (["-o", "x.txt"], .done, ""),
      (["-o", "x.md", "--json"], .usage, "Keep one."),
      (["-o", "X.HTML"], .usage, "asks for html, which this does not write: it writes text, json, csv."),
      (["-o", "x.csv"], .done, ""), (["-o", "x.json", "--format", "text"], .usage, "Keep one."),
    ])
  func endings(options: [String], code: ExitCode, told: String) {
    let folder = TemporaryFolder()
    let end = SampleProgram.run(["plan", "f"] + options.map { $0.contains(".") ? "\(folder.path)/\($0)" : $0 })
    #expect(end.code == code)
    #expect(end.err.contains(told))
    #expect(folder.names.isEmpty == (code != .done))
    if code == .done, options == ["-o", "x.json"] { #expect(folder.read("x.json")?.contains(" json ") == true) }
  }

  @Test("takes a dash for standard output")
  func dash() {
    #expect(SampleProgram.run(["plan", "f", "-o", "-"]).out.hasPrefix("f 0.3"))
  }
}
