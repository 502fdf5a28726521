import HeadroomTesting
import Testing

@testable import Dashboard

@Suite("Metrics") struct MetricsTextTests {
  @Test("OpenMetrics for who asks for it, with its end; the older text for everybody else")
  func forms() throws {
    let site = try SampleSite.site()
    let open = site.ask("GET", "/metrics", accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    #expect(open.header("Content-Type")?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
    #expect(open.text.hasSuffix("# EOF\n") && open.text.contains("# TYPE headroom_http_requests counter"))
    let plain = site.ask("GET", "/metrics")
    #expect(plain.header("Content-Type")?.hasPrefix("text/plain; version=0.0.4") == true)
    #expect(!plain.text.contains("# EOF") && plain.text.contains("# TYPE headroom_http_requests_total counter"))
  }

  @Test("a service's figures are the plan's own")
  func figures() throws {
    let text = try SampleSite.site().ask("GET", "/metrics").text
    // 150 replicas at 500/s against 20,000/s x 2.
    #expect(text.contains("headroom_capacity_requests_per_second{service=\"search\"} 75000\n"))
    #expect(text.contains("headroom_peak_requests_per_second{service=\"search\"} 40000\n"))
    #expect(text.contains("headroom_spare_ratio{service=\"search\"} 0.875\n"))
    #expect(!text.contains("headroom_spare_ratio{service=\"napkin\"}"))
  }

  @Test("families stand together, histograms add up, labels are escaped")
  func grammar() throws {
    let site = try SampleSite.site()
    for _ in 0..<3 { _ = site.ask("GET", "/") }
    let lines = site.ask("GET", "/metrics").text.split(separator: "\n").map(String.init)
    let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
    #expect(Set(types).count == types.count)
    #expect(lines.contains("headroom_http_request_duration_seconds_bucket{route=\"/\",le=\"+Inf\"} 3"))
    #expect(lines.contains("headroom_http_request_duration_seconds_count{route=\"/\"} 3"))
    #expect(MetricsText.escaped("a\"b\\c\nd") == "a\\\"b\\\\c\\nd")
    #expect(
      MetricsText.number(.infinity) == "+Inf" && MetricsText.number(3) == "3" && MetricsText.number(0.25) == "0.25")
  }
}
