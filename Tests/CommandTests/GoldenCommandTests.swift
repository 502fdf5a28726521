import Documents
import Glibc
import HeadroomTesting
import Testing

/// One folder under Golden/ is one behaviour of the command: `args` (one argument a line), and what must come out:
/// `stdout`, `stderr` and `exit`; `stdin` and further files beside them are there for the command to read. The
/// command runs inside the folder and writes nothing there. HEADROOM_RECORD=1 writes the files anew.
///
/// They run beside each other: each waits on a thread of the pool, which has as many as there are processors.
@Suite("The command") struct GoldenCommandTests {
  static let folder = TestData.checkout + "/Tests/CommandTests/Golden"
  static let cases: [String] = {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }()

  @Test("answers as recorded", arguments: cases)
  func golden(name: String) throws {
    let path = "\(Self.folder)/\(name)"
    func file(_ name: String) -> String? {
      (try? Input.read(path: "\(path)/\(name)")).map { String(decoding: $0, as: UTF8.self) }
    }
    let arguments = (file("args") ?? "").split(separator: "\n").map(String.init)
    let result = try Command.run(arguments, in: path, stdin: file("stdin") ?? "")
    if getenv("HEADROOM_RECORD") != nil {
      for (name, text) in [("stdout", result.stdout), ("stderr", result.stderr), ("exit", "\(result.exit)\n")] {
        if text.isEmpty { unlink("\(path)/\(name)") } else { try Command.write(text, to: "\(path)/\(name)") }
      }
      return
    }
    #expect(result.stdout == file("stdout") ?? "")
    #expect(result.stderr == file("stderr") ?? "")
    #expect("\(result.exit)\n" == file("exit") ?? "0\n")
  }

  @Test("has recorded behaviours to hold to")
  func hasCases() { #expect(Self.cases.count >= 10) }
}
