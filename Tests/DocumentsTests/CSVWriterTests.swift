import Documents
import Testing

@Suite struct CSVWriterTests {
  @Test(
    "keeps a spreadsheet from running a cell (OWASP, CSV Injection)",
    arguments: [
      ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""), ("@SUM(1)", "'@SUM(1)"),
      ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
      ("-2+3", "'-2+3"), ("\t=1", "'\t=1"),
    ])
  func formula(cell: String, written: String) {
    var csv = CSVWriter()
    csv.row([cell])
    #expect(csv.text == written + "\n")
  }

  @Test("leaves numbers, dashes and words alone", arguments: ["-", "-1.5", "+2e3", "a=b", "shop"])
  func plain(cell: String) {
    var csv = CSVWriter()
    csv.row([cell])
    #expect(csv.text == cell + "\n")
  }
}
