import Documents
import Glibc
import HeadroomTesting
import Testing

@Suite("headroom export to a file") struct ExportCommandTests {
  @Test(
    "a file's ending is that of what is written: rows are CSV, a schema is JSON; another one is refused",
    arguments: [
      (
        "export focus \(TestData.checkout)/Tests/CommandTests/Golden/export-focus/plan.yaml --now 2026-06-01", "csv",
        "md"
      ),
      (
        "export region-switch \(TestData.checkout)/Tests/CommandTests/Golden/export-region-switch/plan.yaml --set domain=a.example --now 2026-06-01",
        "json", "csv"
      ),
      (
        "export hpa \(TestData.checkout)/Tests/CommandTests/Golden/export-focus/plan.yaml --now 2026-06-01", "yaml",
        "json"
      ),
      ("init --schema", "json", "csv"),
    ])
  func endings(command: String, ending: String, other: String) throws {
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    let words = command.split(separator: " ").map(String.init)
    let shown = try Command.run(words, in: folder)
    let written = try Command.run(words + ["-o", "x.\(ending)"], in: folder)
    #expect(written.exit == 0 && written.stdout.isEmpty, "\(written.stderr)")
    let text = String(decoding: try Input.read(path: folder + "/x.\(ending)"), as: UTF8.self)
    #expect(text == shown.stdout && !text.isEmpty)
    let refused = try Command.run(words + ["-o", "x.\(other)"], in: folder)
    #expect(refused.exit == 64 && refused.stderr.contains("asks for"))
    #expect(access(folder + "/x.\(other)", F_OK) != 0)
  }
}
