import Terminal
import Testing

@Suite struct LinePlotTests {
  private let unicode = Style(isColored: false, isUnicode: true)
  private let plot = LinePlot(
    [
      .init("demand", [0, 40, 20, 90, 30, 60, 60, .nan, .nan, 50, 70], role: .demand),
      .init("capacity", [50, 50, 50, 100, 100, 100, 100, 100, 100, 100, 100]),
    ], width: 60, height: 8, xLabels: ["00:00", "06:00", "12:00", "18:00", "24:00"])

  @Test("draws lines of different patterns, named at their ends, with gaps where there is no value")
  func braille() {
    #expect(
      plot.text(style: unicode) == """
        100 ┤             ⢀⠉⠉ ⠈⠉⠁ ⠉⠉ ⠈⠉⠁ ⠉⠉ ⠈⠉⠁ ⠉⠉ ⠈⠉⠁ ⠉⠉ ⠈ capacity
            │           ⢠⢆⡞⢧
            │          ⢠⠏⡼ ⠈⢧                            ⣠⠴ demand
         50 ┤⣀⣀ ⢀⣀⡀ ⣀⣀ ⠈⣸⠁  ⠈⢧    ⣠⠞⠉⠉⠉⠉⠉             ⣠⠴⠋⠁
            │    ⣀⡀    ⣰⠃    ⠈⢧ ⢀⡼⠁
            │   ⡴⠃⠉⠳⢤⡀⢠⠇      ⠈⠷⠋
            │ ⢠⠞⠁    ⠉⠋
          0 ┤⡴⠋
            └──────────────────────────────────────────────
             00:00    06:00       12:00      18:00    24:00
          ⠤⠤⠤⠤⠤ demand   ⠤⠤ ⠠⠤ capacity

        """)
  }

  @Test("uses a sign for each line where the terminal shows ASCII only")
  func ascii() {
    #expect(
      plot.text() == """
        100 +             ooooooooooooooooooooooooooooooooo capacity
            |            oo*
            |          ooo***                            ** demand
         50 +ooooooooooo**  ***   *******             ****
            |    **    **     *****
            |  *********       **
            | **      *
          0 +**
            +----------------------------------------------
             00:00    06:00       12:00      18:00    24:00
          * demand   o capacity

        """)
  }

  @Test("colours a line and its name, and moves nothing by it")
  func colors() {
    let colored = plot.text(style: Style(isColored: true, isUnicode: true))
    #expect(colored.contains("\u{1B}[34mdemand\u{1B}[0m"))
    #expect(DisplayWidth.withoutColor(colored).filter { $0 != " " } == plot.text(style: unicode).filter { $0 != " " })
  }

  @Test(
    "keeps a peak of one value among two thousand, wherever it lies",
    arguments: [Style.plain, Style(isColored: false, isUnicode: true)])
  func peak(style: Style) {
    for index in stride(from: 0, to: 2000, by: 31) {
      var values = [Double](repeating: 10, count: 2000)
      values[index] = 100
      // The second line is dashed: its peak must not fall into a gap.
      for series in [[LinePlot.Series("", values)], [.init("", [0, 0]), .init("", values)]] {
        let rows = LinePlot(series, width: 70, height: 8).text(style: style).split { $0 == "\n" }
        #expect(rows[0].dropFirst(5).contains { $0 != " " }, "the peak at \(index)")
      }
    }
  }

  @Test("keeps a drop of one value, too")
  func drop() {
    var values = [Double](repeating: 100, count: 10_000)
    values[5000] = 0
    let rows = LinePlot([.init("", values)], width: 70, height: 8).text(style: unicode).split { $0 == "\n" }
    #expect(rows[7].dropFirst(5).contains { $0 != " " })
  }

  @Test("shows a single value between gaps")
  func lonelyValue() {
    let text = LinePlot([.init("", [.nan, .nan, 5, .nan])], width: 30, height: 4).text()
    #expect(text.filter { $0 == "*" }.count == 1)
  }

  @Test("begins at zero unless told otherwise")
  func fromZero() {
    #expect(LinePlot([.init("", [90, 100])], height: 6).text().contains("\n  0 +"))
    #expect(!LinePlot([.init("", [90, 100])], height: 6, isFromZero: false).text().contains("\n  0 +"))
  }

  @Test("writes ticks in the caller's words")
  func tickText() {
    let plot = LinePlot([.init("", [0, 1])], height: 4, tickText: { "\(Int($0 * 100)) %" })
    #expect(plot.text().hasPrefix("100 % +"))
  }

  @Test(
    "leaves labels out that have no room, the last one never",
    arguments: [
      (["a", "b"], "a                      b"), (["only"], "only"),
      (["beginning", "middle", "the very end"], "the very end"),
      (["1", "2", "3"], "1           2          3"),
    ])
  func labels(labels: [String], line: String) {
    let text = LinePlot([.init("", [0, 1])], width: 27, height: 2, xLabels: labels).text()
    let last = text.split { $0 == "\n" }.last ?? ""
    #expect(last.drop { $0 == " " }.hasSuffix(line))
    #expect(DisplayWidth.of(last) <= 27)
  }

  @Test("says that there is no data", arguments: [[], [.nan], [.infinity, .nan]] as [[Double]])
  func noData(values: [Double]) {
    #expect(LinePlot([.init("x", values)]).text() == "no data\n")
    #expect(LinePlot([]).text() == "no data\n")
  }

  @Test("fits its width", arguments: [10, 20, 40, 80, 200])
  func fits(width: Int) {
    var plot = plot
    plot.width = width
    for style in [Style.plain, unicode] {
      let rows = plot.text(style: style).split { $0 == "\n" }.dropLast()
      // Below 34 columns the names and ticks leave no room: the lines then keep four columns.
      #expect((rows.map { DisplayWidth.of($0) }.max() ?? 0) <= max(34, width))
    }
  }

  @Test(
    "bears any values and sizes",
    arguments: [
      [1e308, -1e308, 1e308], [.leastNonzeroMagnitude, 0], [.infinity, 1, -.infinity, 2], [7], [0, 0, 0], [-1, -2],
    ] as [[Double]])
  func anything(values: [Double]) {
    for (width, height) in [(0, 0), (-5, -5), (3, 1), (80, 40), (1000, 2)] {
      for style in [Style.plain, unicode] {
        let plot = LinePlot([.init("a", values), .init("b", [])], width: width, height: height, xLabels: ["x", "y"])
        #expect(plot.text(style: style).contains("\n"))
      }
    }
  }
}
