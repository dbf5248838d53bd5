def handle_button():
    sync_labels()
    numbers = github_open_issues()
    queue_pages(numbers)
    log(f"Queued {len(numbers)} open issues and pull requests.")
