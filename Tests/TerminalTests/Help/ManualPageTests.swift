import Terminal
import Testing

@Suite struct ManualPageTests {
  @Test(
    "is roff that groff takes without a warning", .enabled(if: Child.path("groff") != nil, "groff is not installed"))
  func groff() {
    let folder = TemporaryFolder()
    let page = folder.write("sample.1", SampleProgram.run(["--generate-man"]).out)
    #expect(Child.run("groff", ["-man", "-ww", "-z", page]) == ("", 0))
  }

  @Test("shows each verb with its options, and leaves hidden ones out")
  func content() {
    let page = SampleProgram.run(["--generate-man"]).out
    #expect(page.hasPrefix(".TH \"SAMPLE\" 1 "))
    #expect(page.contains(".SS \"sample load saturation [URL] [options]\"\nAt which rate does the service tip over?\n"))
    #expect(page.contains("\n\\fB\\-H\\fR, \\fB\\-\\-headroom\\fR \\fIFRACTION\\fR\nspare capacity"))
    #expect(!page.contains("secret"))
  }

  @Test("keeps dots, quotes and backslashes from becoming requests")
  func escapes() {
    let application = Application(name: "x", version: "1", summary: ".so \\n 'a'", verbs: [])
    let out = Output.memory()
    _ = application.run(["--generate-man"], out: out, err: .memory(), environment: Environment())
    #expect(out.contents.contains("\nx \\- \\&.so \\en 'a'\n"))
  }
}
