import LoadTesting
import Testing

@Suite struct SecretTests {
  @Test(
    "addresses keep their names and lose their secrets",
    arguments: [
      ("http://h:80/p?page=2&q=cats", "http://h:80/p?page=2&q=cats"),
      ("http://h/p?api_key=abc&x=1", "http://h/p?api_key=***&x=1"),
      ("http://h/p?apikey=abc", "http://h/p?apikey=***"),
      ("https://h/?access_token=a.b.c#f", "https://h/?access_token=***"),
      ("http://h/?X-Amz-Signature=00ff&X-Amz-Date=20261124", "http://h/?X-Amz-Signature=***&X-Amz-Date=20261124"),
      ("http://h/?id=9f86d081884c7d659a2feaa0", "http://h/?id=***"), ("http://ann:pw@h:1/p", "http://***@h:1/p"),
      ("http://h/{{path}}?token={{token}}", "http://h/{{path}}?token={{token}}"),
      ("http://h/?token=", "http://h/?token="),
      ("grpc://h:1/a.B/C", "grpc://h:1/a.B/C"), ("", ""), ("?", "?"), ("http://h/?a&&b=", "http://h/?a&&b="),
    ])
  func urls(_ url: String, _ told: String) { #expect(Secret.masked(url: url) == told) }

  @Test(
    "headers keep their names",
    arguments: [
      ("Authorization: Bearer abc", "Authorization: ***"), ("authorization:abc", "authorization: ***"),
      ("X-Api-Key: k", "X-Api-Key: ***"), ("Cookie: a=b", "Cookie: ***"), ("Accept: text/html", "Accept: text/html"),
      ("Authorization: Bearer $TOKEN", "Authorization: Bearer $TOKEN"), ("X-Key: {{key}}", "X-Key: {{key}}"),
      ("@headers.txt", "@headers.txt"), ("nothing", "***"),
    ])
  func headers(_ header: String, _ told: String) { #expect(Secret.masked(header: header) == told) }

  @Test(
    "a command keeps its words",
    arguments: [
      (
        "load|http://h/?key=abc|-H|Authorization: Bearer x|--rate=5/s",
        "load|http://h/?key=***|-H|Authorization: ***|--rate=5/s"
      ),
      ("load http://h/|-HX-Key: x|--header=X-Key: y", "load http://h/|-HX-Key: ***|--header=X-Key: ***"),
      ("--body|{\"password\": 1}|--body=x|--body|@f.json", "--body|***|--body=***|--body|@f.json"),
      ("--field|1=string:abc|--proto-body|hex:00", "--field|1=string:***|--proto-body|***"),
      ("--proxy|http://u:p@h:1|--shadow=http://h/?token=t", "--proxy|http://***@h:1|--shadow=http://h/?token=***"),
    ])
  func commands(_ command: String, _ told: String) {
    let words = command.split(separator: "|").map(String.init)
    #expect(Secret.masked(command: words).joined(separator: "|") == told)
  }
}
