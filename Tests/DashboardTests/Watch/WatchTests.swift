import Documents
import HeadroomTesting
import Quantities
import Storing
import Synchronization
import Testing

@testable import Dashboard

@Suite("Scheduled work") struct WatchTests {
  /// What was sent, and whether the other side takes it.
  private final class Inbox: Sendable {
    let sent = Mutex<[(url: String, text: String)]>([])
    let isOpen = Mutex(true)
    func post(_ url: String, _ text: String) -> String? {
      guard isOpen.withLock({ $0 }) else { return "nobody answers" }
      sent.withLock { $0.append((url, text)) }
      return nil
    }
    var texts: [String] { sent.withLock { $0.map(\.text) } }
    var urls: [String] { sent.withLock { $0.map(\.url) } }
  }

  private func watch(_ site: Site, _ inbox: Inbox, keepsHistory: Bool = false) throws -> Watch {
    try Watch(
      site,
      .init(
        cadence: .minutes(15), webhook: "http://127.0.0.1:1/hook", address: "http://127.0.0.1:8080/",
        keepsHistory: keepsHistory)
    ) { inbox.post($0, $1) }
  }

  @Test("what check fails for is told once, with reason, remedy and a link to its page")
  func tells() throws {
    let site = try SampleSite.site()
    let inbox = Inbox()
    let watch = try watch(site, inbox)
    #expect(watch.look(at: site.board).isEmpty && watch.look(at: site.board).isEmpty)
    #expect(inbox.texts.count == 1)
    let alerts = try #require(try JSON.parse(inbox.texts[0], file: "alerts")["alerts"]?.elements)
    let rank = try #require(alerts.first { $0["service"]?.string == "rank & <feed>" })
    #expect(
      rank["state"]?.string == "raised" && rank["link"]?.string == "http://127.0.0.1:8080/services/\(SampleSite.name)")
    #expect(rank["because"]?.string?.isEmpty == false && rank["remedy"]?.string?.isEmpty == false)
    #expect(watch.standing.count == alerts.count)
  }

  @Test("what a webhook did not take is sent with the next look, once")
  func retries() throws {
    let site = try SampleSite.site()
    let inbox = Inbox()
    inbox.isOpen.withLock { $0 = false }
    let watch = try watch(site, inbox)
    #expect(watch.look(at: site.board) == ["nobody answers"])
    inbox.isOpen.withLock { $0 = true }
    #expect(watch.look(at: site.board).isEmpty && watch.look(at: site.board).isEmpty)
    #expect(inbox.texts.count == 1)
  }

  @Test("with a store nothing is told again after a restart, and plan and forecast are kept once a day")
  func keeps() throws {
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    let inbox = Inbox()
    do {
      let site = try SampleSite.site(store: try Store(path: folder + "/kept.db"))
      let entries = site.board.services.map { entry in
        var entry = entry
        entry.text = "plan: \(entry.name)"
        return entry
      }
      let board = Board(entries, made: SampleSite.now)
      let watch = try watch(site, inbox, keepsHistory: true)
      #expect(watch.look(at: board).isEmpty && watch.look(at: board).isEmpty)
      let kept = try #require(site.store)
      #expect(try kept.plans().count == 3 && kept.planHistory("search").count == 1)
      #expect(try kept.forecastSeries() == ["rank & <feed>"] && kept.forecasts().count == 1)
      #expect(site.ask("GET", "/api/v1/forecasts").text.contains("rank & <feed>"))
    }
    let again = try SampleSite.site(store: try Store(path: folder + "/kept.db"))
    let second = try watch(again, inbox, keepsHistory: true)
    #expect(second.look(at: again.board).isEmpty && inbox.texts.count == 1)
    // And its end is told.
    second.look(at: Board([], made: SampleSite.now))
    #expect(inbox.texts.count == 2 && inbox.texts[1].contains("\"state\":\"resolved\""))
  }

  @Test("Alertmanager is sent everything that stands, each time, with an end behind the next look")
  func alertmanager() throws {
    let site = try SampleSite.site()
    let inbox = Inbox()
    let watch = try Watch(
      site,
      .init(
        cadence: .minutes(15), alertmanager: "http://127.0.0.1:9093/", address: "http://127.0.0.1:8080/",
        keepsHistory: false)
    ) { inbox.post($0, $1) }
    watch.look(at: site.board)
    watch.look(at: site.board)
    #expect(inbox.urls == ["http://127.0.0.1:9093/api/v2/alerts", "http://127.0.0.1:9093/api/v2/alerts"])
    #expect(inbox.texts[0] == inbox.texts[1])
    let first = try #require(try JSON.parse(inbox.texts[0], file: "alerts").elements?.first)
    #expect(first["labels"]?["alertname"]?.string == "HeadroomPlan")
    #expect(first["endsAt"]?.string == (SampleSite.now + .hours(1)).iso8601)
  }
}
