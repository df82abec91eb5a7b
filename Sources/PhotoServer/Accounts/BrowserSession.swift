import PhotoLibrary

/// Somebody who is signed in, in one browser; or a program that acts for somebody with a token.
struct BrowserSession: Sendable {
    let userID: UserID
    let userName: String
    let role: String
    /// What may be done in it.
    let scopes: Set<Scope>
    /// What the pages of this session send back with every change; never in a cookie. Empty for a token: no browser
    /// sends one along by itself.
    let csrfToken: String
    /// Names the session in the database.
    let tokenHash: String
    /// What its owner calls the token; nil for a browser.
    var tokenName: String?
}
