<?php
// Runs a PHP snippet inside the site, as a person in wp-admin or the site's own cron would act on it.
[, $folder, $code] = $argv;
require "$folder/wp-load.php";
eval($code);
