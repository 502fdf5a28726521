import Quantities
import Testing

@testable import Reporting

@Suite struct ChartTests {
  @Test(
    "every chart is well-formed at every width, with a title, a description and a role",
    arguments: [1080.0, 516, 700, 358])
  func wellFormed(width: Double) {
    for (i, chart) in SampleCharts.all.enumerated() {
      let svg = chart.drawn(width: width, id: "c\(i)").rendered()
      #expect(Markup.problem(in: svg) == nil, "\(chart.title)")
      #expect(svg.contains("role=\"img\""))
      #expect(svg.contains("aria-labelledby=\"c\(i)-t c\(i)-d\""))
      #expect(svg.contains("<title id=\"c\(i)-t\">\(HTML.escaped(chart.title))</title>"))
      #expect(svg.contains("<desc id=\"c\(i)-d\">\(HTML.escaped(chart.description))</desc>"))
    }
  }

  @Test("labels and names are escaped wherever they come from")
  func escaping() {
    var chart = SampleCharts.demandChart
    let evil = "</title><script>alert('x')</script> & \"co\"\u{0}"
    chart.title = evil
    chart.description = evil
    chart.events[0].name = evil
    chart.levels[0].label = evil
    chart.crossing?.label = evil
    chart.bandName = evil
    let svg = chart.drawn(width: 1080, id: evil).rendered()
    #expect(Markup.problem(in: svg) == nil)
    #expect(!svg.contains("<script"))
    #expect(!svg.contains("\u{0}"))
  }

  @Test("nothing, one point, gaps alone and infinities draw an empty picture, not a broken one")
  func degenerate() {
    for values in [[], [5], [.nan, .nan], [.infinity, -.infinity, .nan, 1], [-5, 3], [1e300, 1]] as [[Double]] {
      let series = ChartSeries(start: SampleCharts.now, step: 60, values: values)
      var chart = DemandChart(
        title: "t", description: "d", from: SampleCharts.now, to: SampleCharts.now + .minutes(Double(values.count)))
      chart.history = series
      chart.high = series
      chart.low = series
      chart.now = SampleCharts.now
      let timeline = TimelineChart(
        title: "t", description: "d", from: SampleCharts.now, to: SampleCharts.now, demand: series, ready: series)
      let charts: [any Chart] = [
        chart, timeline, SparkChart(title: "t", description: "d", values: values),
        HeatMap(title: "t", description: "d", values: values, cellText: { "\($0)" }, tooltip: { "\($0)" }),
        ProfileChart(
          title: "t", description: "d", bars: values.map { .init(label: "x", usual: $0, low: $0, high: $0) },
          unit: .replicas),
        StackChart(
          title: "t", description: "d",
          rows: values.map { .init(label: "x", start: 0, parts: [.init($0, .demand, "")], amount: "") }),
        CurveChart(
          title: "t", description: "d", x: values, xUnit: .percent, xName: "x",
          panels: [.init(name: "p", unit: .dollars, values: values, kind: .cost)], chosen: 99),
        DistributionChart(
          title: "t", description: "d", unit: .minutes, shares: values, from: 0, barWidth: 0,
          marks: values.map { .init($0, .estimate, "m") }, limit: nil),
      ]
      for chart in charts {
        let svg = chart.drawn(width: 358, id: "x").rendered()
        #expect(Markup.problem(in: svg) == nil)
        #expect(!svg.contains("nan") && !svg.contains("inf"))
      }
    }
  }

  @Test("a gap in the history splits its line")
  func gaps() {
    let chart = SampleCharts.demandChart
    let svg = chart.drawn(width: 1080, id: "x").rendered()
    let demand = svg.components(separatedBy: "class=\"demand\"").first?.components(separatedBy: "<path d=\"").last ?? ""
    #expect(demand.filter { $0 == "M" }.count == 2)
  }

  @Test("where all of it is forecast, the band's name stands behind the unit's, and a capacity near the top below it")
  func caption() throws {
    var chart = DemandChart(
      title: "t", description: "d", from: SampleCharts.now, to: SampleCharts.now + .hours(48))
    chart.forecast = ChartSeries(start: SampleCharts.now, step: 3600, values: Array(repeating: 190, count: 48))
    chart.now = SampleCharts.now
    chart.bandName = "95 % range"
    chart.levels = [.init(.today, value: 199, label: "nearly full")]
    let svg = chart.drawn(width: 700, id: "x").rendered()
    func place(_ label: String) throws -> (x: Double, y: Double) {
      let tag = try #require(
        svg.components(separatedBy: "<text ").first { $0.contains(">\(label)") }, "no label '\(label)' in \(svg)")
      func number(_ name: String) throws -> Double {
        let rest = try #require(" \(tag)".components(separatedBy: " \(name)=\"").dropFirst().first)
        return try #require(rest.components(separatedBy: "\"").first.flatMap { Double($0) })
      }
      return (try number("x"), try number("y"))
    }
    let unit = try place("requests/s")
    let end = unit.x + TextMetrics.width("requests/s")
    #expect(try place("forecast").x > end)
    let full = try place("nearly full")
    #expect(full.x > end || full.y > unit.y + 16)
  }

  @Test("no two labels of the main chart lie on each other", arguments: [1080.0, 700, 358])
  func labels(width: Double) {
    var layout = LabelLayout(bounds: Rectangle(x: 0, y: 0, width: width, height: 300))
    var frames: [Rectangle] = []
    for i in 0..<12 {
      let text = "label number \(i)"
      let places = (0..<8).map { LabelLayout.Place(x: 100 + Double(i) * 9, y: 30 + Double($0) * 30, anchor: .start) }
      guard let place = layout.place([text], among: places) else { continue }
      let frame = Rectangle(x: place.x, y: place.y - 12, width: TextMetrics.width(text), height: 17)
      #expect(frames.allSatisfy { $0.overlap(frame) == 0 })
      frames.append(frame)
    }
    #expect(frames.count >= 8)
  }

  @Test("the charts can be looked at", .enabled(if: Preview.folder != nil, "HEADROOM_PREVIEW names no folder"))
  func preview() {
    for (name, theme) in [("light", Stylesheet.Theme.light), ("dark", .dark), ("auto", .automatic)] {
      var page = HTMLPage(title: "Charts", summary: "Every chart with invented data.")
      page.theme = theme
      page.add("<h1>Every chart, with invented data</h1>")
      for (i, chart) in SampleCharts.all.enumerated() {
        page.section(
          chart.title, id: "s\(i)", "<p>\(chart.description)</p>\(chart.figure(id: "c\(i)", caption: "Times in UTC."))")
      }
      page.section(
        "Halves", id: "halves",
        "<div class=\"two\"><div>\(SampleCharts.dailyProfile.figure(id: "h1", half: true))</div><div>\(SampleCharts.weeklyProfile.figure(id: "h2", half: true))</div></div>"
      )
      let html = page.rendered()
      #expect(Markup.problem(in: html, html: true) == nil)
      Preview.write(html, to: "charts-\(name).html")
    }
  }
}
