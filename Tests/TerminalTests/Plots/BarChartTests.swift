import Terminal
import Testing

@Suite struct BarChartTests {
  private let unicode = Style(isColored: false, isUnicode: true)
  private let chart = BarChart(
    [
      .init("us-east-1", 120), .init("eu-west-1", 37.5, text: "37.5 replicas"), .init("none", 0), .init("tiny", 0.01),
      .init("a very long name of a region", 60),
    ], width: 50)

  @Test("draws each value by its share of the largest, to an eighth of a column")
  func blocks() {
    #expect(
      chart.text(style: unicode) == """
        us-east-1        ███████████████████ 120
        eu-west-1        ██████ 37.5 replicas
        none             0
        tiny             ▏ 0.01
        a very long nam… █████████▌ 60

        """)
  }

  @Test("uses signs where the terminal shows ASCII only")
  func ascii() {
    #expect(
      chart.text() == """
        us-east-1        ################### 120
        eu-west-1        ###### 37.5 replicas
        none             0
        tiny             # 0.01
        a very long nam~ ########## 60

        """)
  }

  @Test("measures by a given limit, and stops there")
  func limit() {
    let chart = BarChart([.init("a", 5), .init("b", 20)], width: 15, limit: 10)
    #expect(chart.text() == "a ##### 5\nb ########## 20\n")
  }

  @Test("draws nothing for what has no length", arguments: [Double.nan, -5, -.infinity, .infinity, 0])
  func noLength(value: Double) {
    #expect(!BarChart([.init("a", value), .init("b", 1)]).text().split { $0 == "\n" }[0].contains("#"))
    #expect(!BarChart([.init("a", value)]).text().contains("#"))
  }

  @Test("is nothing without bars")
  func empty() {
    #expect(BarChart([]).text() == "")
  }
}
