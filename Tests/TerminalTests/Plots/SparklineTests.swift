import Terminal
import Testing

@Suite struct SparklineTests {
  private let unicode = Style(isColored: false, isUnicode: true)

  @Test("shows values as bars from zero, and a gap where there is none")
  func bars() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7, .nan, 7], style: unicode) == "▁▂▃▄▅▆▇█ █")
    #expect(Sparkline.text([6, 7], style: unicode) == "▇█")
  }

  @Test("shows the differences alone where it need not begin at zero")
  func differences() {
    #expect(Sparkline.text([100, 101, 107], isFromZero: false, style: unicode) == "▁▂█")
    #expect(Sparkline.text([5, 5], isFromZero: false, style: unicode) == "▄▄")
  }

  @Test("stands on several rows")
  func rows() {
    #expect(Sparkline.text([1, 9, .nan, 4, 16], rows: 2, style: unicode) == " ▁  █\n▂█ ▅█")
  }

  @Test("uses more ink for more in ASCII")
  func ascii() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "_.:-=+*#")
  }

  @Test("keeps a peak of one value among many")
  func peak() {
    var values = [Double](repeating: 1, count: 1000)
    values[617] = 100
    let line = Sparkline.text(values, width: 50, style: unicode)
    #expect(line.count == 50)
    #expect(line.filter { $0 == "█" }.count == 1)
  }

  @Test("bears any values", arguments: [[], [.nan], [1e308, -1e308], [-3], [0, 0], [.infinity, 1]] as [[Double]])
  func anything(values: [Double]) {
    for isFromZero in [true, false] {
      #expect(Sparkline.text(values, isFromZero: isFromZero, style: unicode).count == values.count)
      #expect(Sparkline.text(values, width: 0, rows: 0, isFromZero: isFromZero, style: unicode).count <= 1)
    }
  }
}
