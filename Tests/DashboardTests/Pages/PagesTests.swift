import Testing

@testable import Dashboard

@Suite("Pages") struct PagesTests {
  static let targets = [
    "/", "/services/search", "/services/\(SampleSite.name)", "/services/\(SampleSite.name)?lift=50&policy=fixed",
    "/services/napkin", "/simulations",
  ]
  private func page(_ target: String) throws -> String { try SampleSite.site().ask("GET", target).text }

  /// The values of an attribute.
  private func values(_ attribute: String, in page: String) -> [String] {
    var found: [String] = []
    var rest = page[...]
    while let range = rest.firstRange(of: " \(attribute)=\"") {
      found.append(String(rest[range.upperBound...].prefix { $0 != "\"" }))
      rest = rest[range.upperBound...]
    }
    return found
  }

  @Test("a page holds no code or style of its own and nothing from elsewhere", arguments: targets)
  func strict(_ target: String) throws {
    let page = try page(target)
    for part in ["<style", " style=", "<script>", "javascript:", " onclick=", " onload=", "<iframe"] {
      #expect(!page.contains(part), "\(part)")
    }
    let elsewhere = (values("src", in: page) + values("href", in: page) + values("action", in: page)).filter {
      !$0.hasPrefix("/") && !$0.hasPrefix("#")
    }
    #expect(elsewhere == [])
  }

  @Test("every link of a page leads to something, every mark within it is there once", arguments: targets)
  func links(_ target: String) throws {
    let site = try SampleSite.site()
    let page = site.ask("GET", target).text
    let ids = values("id", in: page)
    #expect(Set(ids).count == ids.count)
    for link in Set(values("href", in: page) + values("src", in: page)) {
      let address = link.replacing("&amp;", with: "&").replacing("&#39;", with: "'")
      if address.hasPrefix("#") {
        #expect(ids.contains(String(address.dropFirst())), "\(address)")
      } else {
        let answer = site.ask("GET", String(address.prefix { $0 != "#" }))
        #expect(answer.status == 200, "\(address): \(answer.text.prefix(200))")
      }
    }
  }

  @Test("names of plans are words, not markup", arguments: targets)
  func escapes(_ target: String) throws { #expect(!(try page(target)).contains("<feed>")) }

  @Test("every control has a label, and the values of the plan are marked")
  func labels() throws {
    let page = try page("/services/search")
    let labels = Set(values("for", in: page))
    for name in ["headroom", "lift", "policy", "lost_region"] {
      #expect(labels.contains("control-\(name)") && page.contains("id=\"control-\(name)\""), "\(name)")
    }
    #expect(page.contains("name=\"headroom\" min=\"0\" max=\"200\" step=\"1\" value=\"25\" data-planned=\"25\""))
  }

  @Test("a form that sends every field as it stands asks nothing")
  func unchanged() throws {
    let entry = try SampleSite.site().service("search")
    let fields = WhatIfForm(entry, .init()).planned
    #expect(WhatIfForm.question(fields, entry).isNothing)
    let changed = fields.filter { $0.name != "lift" } + [Request.Field("lift", "30")]
    #expect(WhatIfForm.question(changed, entry) == .init(lift: .init(rawValue: 1.3)))
  }

  @Test("a part of time is drawn where it is asked for")
  func zoom() throws {
    let site = try SampleSite.site()
    let path = "/services/\(SampleSite.name)"
    let part = site.ask("GET", "\(path)?from=2026-11-14T00:00:00Z&to=2026-11-16T00:00:00Z").text
    #expect(part.contains("data-from=\"1794614400\" data-to=\"1794787200\""))
    #expect(part.contains("Sun 15 Nov") && !site.ask("GET", path).text.contains("data-from=\"1794614400\""))
    for wrong in ["from=2026-11-14", "from=x&to=y", "from=2026-11-16T00:00:00Z&to=2026-11-14T00:00:00Z"] {
      #expect(site.ask("GET", "\(path)?\(wrong)").status == 400, "\(wrong)")
    }
  }
}
