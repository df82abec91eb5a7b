/// The files of `Resources`, which the build embeds into the program. One table, so that none can be served or
/// rendered without being named here.
enum EmbeddedResources {
    /// Templates by name.
    static var templates: [(name: String, bytes: [UInt8])] {
        [
            ("layout", PackageResources.layout_mustache),
            ("bare", PackageResources.bare_mustache),
            ("icons", PackageResources.icons_mustache),
            ("signin", PackageResources.signin_mustache),
            ("setup", PackageResources.setup_mustache),
            ("error", PackageResources.error_mustache),
            ("wall", PackageResources.wall_mustache),
            ("card", PackageResources.card_mustache),
            ("pair", PackageResources.pair_mustache),
            ("settings", PackageResources.settings_mustache),
            ("schedule", PackageResources.schedule_mustache),
            ("groups", PackageResources.groups_mustache),
            ("groupcard", PackageResources.groupcard_mustache),
            ("group", PackageResources.group_mustache),
            ("photos", PackageResources.photos_mustache),
            ("photo", PackageResources.photo_mustache),
            ("uploads", PackageResources.uploads_mustache),
            ("selection", PackageResources.selection_mustache),
            ("panels", PackageResources.panels_mustache),
            ("rules", PackageResources.rules_mustache),
            ("albums", PackageResources.albums_mustache),
            ("shelf", PackageResources.shelf_mustache),
            ("album", PackageResources.album_mustache),
            ("people", PackageResources.people_mustache),
            ("account", PackageResources.account_mustache),
            ("link", PackageResources.link_mustache),
            ("guest", PackageResources.guest_mustache),
        ]
    }

    /// Files that browsers fetch, by name, with their media types.
    static var files: [(name: String, mediaType: String, bytes: [UInt8])] {
        let script = "text/javascript; charset=utf-8"
        return [
            ("app.css", "text/css; charset=utf-8", PackageResources.app_css),
            ("icon.svg", "image/svg+xml", PackageResources.icon_svg),
            ("app.js", script, PackageResources.app_js),
            ("grid.js", script, PackageResources.grid_js),
            ("pair.js", script, PackageResources.pair_js),
            ("settings.js", script, PackageResources.settings_js),
            ("writer.js", script, PackageResources.writer_js),
            ("history.js", script, PackageResources.history_js),
            ("hours.js", script, PackageResources.hours_js),
            ("schedule.js", script, PackageResources.schedule_js),
            ("groups.js", script, PackageResources.groups_js),
            ("group.js", script, PackageResources.group_js),
            ("wall.js", script, PackageResources.wall_js),
            ("wall-card.js", script, PackageResources.wall_card_js),
            ("wall-orders.js", script, PackageResources.wall_orders_js),
            ("wall-words.js", script, PackageResources.wall_words_js),
            ("batch.js", script, PackageResources.batch_js),
            ("look.js", script, PackageResources.look_js),
            ("rules.js", script, PackageResources.rules_js),
            ("uploads.js", script, PackageResources.uploads_js),
            ("kept.js", script, PackageResources.kept_js),
            ("photos.js", script, PackageResources.photos_js),
            ("albums.js", script, PackageResources.albums_js),
            ("album.js", script, PackageResources.album_js),
            ("people.js", script, PackageResources.people_js),
            ("account.js", script, PackageResources.account_js),
            ("guest.js", script, PackageResources.guest_js),
            // A browser as a display.
            ("screen.html", "text/html; charset=utf-8", PackageResources.screen_html),
            ("screen.css", "text/css; charset=utf-8", PackageResources.screen_css),
            ("screen.webmanifest", "application/manifest+json", PackageResources.screen_webmanifest),
            ("screen.js", script, PackageResources.screen_js),
            ("screen-channel.js", script, PackageResources.screen_channel_js),
            ("screen-link.js", script, PackageResources.screen_link_js),
            ("screen-order.js", script, PackageResources.screen_order_js),
            ("screen-pairing.js", script, PackageResources.screen_pairing_js),
            ("screen-photos.js", script, PackageResources.screen_photos_js),
            ("screen-player.js", script, PackageResources.screen_player_js),
            ("screen-qr.js", script, PackageResources.screen_qr_js),
            ("screen-stage.js", script, PackageResources.screen_stage_js),
            ("screen-status.js", script, PackageResources.screen_status_js),
            ("screen-store.js", script, PackageResources.screen_store_js),
            ("screen-time.js", script, PackageResources.screen_time_js),
            ("screen-worker.js", script, PackageResources.screen_worker_js),
        ]
    }
}
